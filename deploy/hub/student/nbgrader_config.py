"""What nbgrader reads on a student's server."""

import os

c = get_config()  # noqa: F821 - nbgrader gives it

c.Exchange.root = os.environ["NBGRADER_EXCHANGE"]
if "NBGRADER_STUDENT" in os.environ:  # a trial without accounts; else nbgrader takes the account's name
    c.CourseDirectory.student_id = os.environ["NBGRADER_STUDENT"]
