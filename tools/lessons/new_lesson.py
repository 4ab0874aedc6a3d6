"""Begin a lesson: four files that run, are checked and are tested before the first word of yours.

    python -m tools.lessons.new_lesson 06_wgan_gp --title "A critic instead of a judge"

(or: make new-lesson NAME=06_wgan_gp TITLE="A critic instead of a judge") writes, from tools/lessons/template/,

    lessons/06_wgan_gp.py            the lesson, in the order that all lessons keep, with one worked exercise
    ganlab/checks/lesson_06.py       the check of that exercise, a ladder of rungs
    tests/banks/lesson_06.py         right and wrong answers to it
    lessons/written/06_wgan_gp.md    two written questions with rubrics

What is to be replaced is marked WRITE HERE. Nothing is written if anything is in the way.
"""

import argparse
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TEMPLATE = Path(__file__).resolve().parent / "template"
NAME = re.compile(r"(?P<number>\d\d)_[a-z][a-z0-9]*(_[a-z0-9]+)*")
LONGEST_NAME, LONGEST_TITLE = 40, 60
# In a title they would end the heading, a docstring, a table's cell or a placeholder of the build.
NOT_IN_A_TITLE = set('"\\{}|@<>`\n\r\t')
MARK = "WRITE HERE"


class NewLessonError(ValueError):
    """Why no lesson can be begun with this name and title, in a sentence."""


def files(name: str) -> dict[str, str]:
    """Template -> the file that is made of it."""
    number = name[:2]
    return {
        "lesson.py.in": f"lessons/{name}.py",
        "checks.py.in": f"ganlab/checks/lesson_{number}.py",
        "bank.py.in": f"tests/banks/lesson_{number}.py",
        "written.md.in": f"lessons/written/{name}.md",
    }


def check(name: str, title: str, root: Path) -> None:
    """Refuse what would not become a lesson.

    Raises
    ------
    NewLessonError
        If the name is not NN_slug, the title is empty, too long or holds signs that do not fit into one, the number
        is taken or leaves a gap, or a file is already there.
    """
    if not NAME.fullmatch(name) or len(name) > LONGEST_NAME:
        raise NewLessonError(
            f"expected a name such as 06_wgan_gp (two digits, then small letters, digits and single underscores, "
            f"{LONGEST_NAME} at most), got {name!r}"
        )
    if not title.strip() or len(title) > LONGEST_TITLE or NOT_IN_A_TITLE & set(title):
        raise NewLessonError(
            f'expected a title of 1 to {LONGEST_TITLE} signs on one line, without quotation marks ", backslashes, '
            f"backquotes, braces, bars, @ and angle brackets, got {title!r}"
        )
    taken = {path.stem[:2]: path.name for path in sorted((root / "lessons").glob("[0-9][0-9]_*.py"))}
    following = f"{max((int(number) for number in taken), default=-1) + 1:02d}"
    if name[:2] in taken:
        raise NewLessonError(f"number {name[:2]} is taken by lessons/{taken[name[:2]]}; the next one is {following}")
    if name[:2] != following:
        raise NewLessonError(f"lessons are numbered without gaps: the next one is {following}, got {name[:2]}")
    if there := [target for target in files(name).values() if (root / target).exists()]:
        raise NewLessonError(f"{' and '.join(there)} already there; nothing has been written")


def begin(name: str, title: str, root: Path) -> list[str]:
    """Write the files of a new lesson; return their names."""
    check(name, title, root)
    values = {"@NUMBER@": name[:2], "@NAME@": name, "@TITLE@": title.strip()}
    texts = {}
    for template, target in files(name).items():  # all are read before any is written
        text = (TEMPLATE / template).read_text(encoding="utf-8")
        texts[target] = re.sub("|".join(values), lambda found: values[found[0]], text)
    for target, text in texts.items():
        (root / target).write_text(text, encoding="utf-8")
    return list(texts)


def main(arguments: list[str] | None = None) -> int:
    """Begin a lesson; the exit status is 0 if it has been begun."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("name", metavar="NN_slug")
    parser.add_argument("--title", required=True)
    parser.add_argument("--root", type=Path, default=ROOT, help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    try:
        written = begin(options.name, options.title, options.root.resolve())
    except NewLessonError as error:
        print(f"new-lesson: {error}")
        return 1
    number, title = options.name[:2], options.title.strip()
    print("\n".join(f"wrote {target}" for target in written))
    marked = " ".join(target for target in written if "lessons/" in target)
    print(f"""
Next:
  python -m tools.lessons --only {number} --profile smoke   # seconds; then open notebooks/{options.name}.ipynb
  python -m pytest tests/checks/test_banks.py tests/checks/test_hidden_tests.py -k lesson_{number}
  grep -n "{MARK}" {marked}
and a line for the README's table:
  | {number} | [{title}](notebooks/{options.name}.ipynb) | ... | 60 min |""")
    return 0


if __name__ == "__main__":
    sys.exit(main())
