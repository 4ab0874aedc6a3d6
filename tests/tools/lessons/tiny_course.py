"""What the tests of the build share: the tiny lesson and its beginning."""

from pathlib import Path

FIXTURE = Path(__file__).parent / "lessons" / "00_tiny.py"
HEAD = FIXTURE.read_text().split("# %%\nimport os")[0]


def write_lesson(course: Path, body: str, head: str = HEAD) -> Path:
    path = course / "lessons" / "00_tiny.py"
    path.write_text(head + body)
    return path
