"""``python -m tools.site``: make the web page."""

import sys

from tools.site.build import main

sys.exit(main())
