"""From lessons/NN_slug.py to notebooks/ and solutions/: ``python -m tools.lessons``.

::

    markers.py       the marked parts of a cell: solutions and hidden tests, and what a learner sees in their place
    source.py        a lesson read from its file: cells with their lines, tags and both of their forms
    digest.py        what a lesson's outputs depend on, found without running it
    outputs.py       outputs fit to be kept: clean and small
    notebook.py      the two notebooks of a lesson, and whether those on disk are up to date
    execute.py       a lesson run from top to bottom, its outputs put into the notebook
    build.py         the command
    new_lesson.py    ``make new-lesson``: a lesson begun from template/
"""

from pathlib import Path


class BuildError(Exception):
    """Something in a lesson stops the build; the message is ``file:line: a sentence``."""

    def __init__(self, path: Path | str, line: int, sentence: str) -> None:
        super().__init__(f"{path}:{line}: {sentence}")
