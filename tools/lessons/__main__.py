"""``python -m tools.lessons``: build notebooks/ and solutions/."""

import sys

from tools.lessons.build import main

sys.exit(main())
