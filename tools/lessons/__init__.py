"""From lessons/NN_slug.py to notebooks/ and solutions/: reading, markers, digests, execution, clean outputs."""

from pathlib import Path


class BuildError(Exception):
    """Something in a lesson stops the build; the message is ``file:line: a sentence``."""

    def __init__(self, path: Path | str, line: int, sentence: str) -> None:
        super().__init__(f"{path}:{line}: {sentence}")
