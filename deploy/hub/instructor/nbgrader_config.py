"""What nbgrader reads on an instructor's server; the course's own settings are in its nbgrader_config.py."""

import os
from pathlib import Path

c = get_config()  # noqa: F821 - nbgrader gives it

c.Exchange.root = os.environ.get("NBGRADER_EXCHANGE", "/srv/ganlab-hub/exchange")
# The folder that `make assignments` wrote. It has to lie below the home folder, for the formgrader to show it.
c.CourseDirectory.root = os.environ.get("GANLAB_COURSE", str(Path.home() / "ganlab-course" / "course"))
# What students sent stays as it came in collected/; `ganlab-grade` keeps its own copies in submitted/.
c.CourseDirectory.submitted_directory = "collected"
# Students write their folders of the exchange themselves: a link in one must not be followed with your rights.
c.ExchangeFactory.collect = "ganlab_grade.book.collect.Collect"
# The formgrader shows what students wrote inside the instructor's page: as text, and nothing that runs.
c.HTMLExporter.sanitize_html = True
c.HTMLExporter.filters = {"strip_files_prefix": "ganlab_grade.safe_html.safe_html"}
# In a trial without accounts every submission is owned by one person, and nbgrader would warn about each.
c.ExchangeCollect.check_owner = "NBGRADER_STUDENT" not in os.environ
