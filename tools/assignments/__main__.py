"""``python -m tools.assignments``: make the graded assignments."""

import sys

from tools.assignments.build import main

sys.exit(main())
