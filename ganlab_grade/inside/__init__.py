"""What the sandbox holds of the marking: nothing here decides anything, and nothing here is secret.

:mod:`~ganlab_grade.inside.worker` runs a submission's cells and calls its answers; it imports the other files of this
room, and of this package nothing else. ``absent_checks.py`` stands in the sandbox for the checks.
"""
