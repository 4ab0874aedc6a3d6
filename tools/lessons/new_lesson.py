"""Begin a lesson: its files run, are checked and are tested before the first word of yours.

    python -m tools.lessons.new_lesson 06_wgan_gp --family critic --title "A critic instead of a judge"

(or: make new-lesson NAME=06_wgan_gp FAMILY=critic TITLE="A critic instead of a judge") writes, from
tools/lessons/template/,

    lessons/06_wgan_gp.py                           the lesson, in the order that all lessons keep, with one exercise
    lessons/06_wgan_gp.md                           two written questions with rubrics
    ganlab/critic/__init__.py                       the room of the family: its subject, its papers, its files
    ganlab/critic/checks/__init__.py                the checks of the lesson, as a table
    ganlab/critic/checks/least_squares_loss.py      the check of the exercise, a ladder of rungs
    tests/critic/answers/least_squares_loss.py      right and wrong answers to it

and adds one line each to the dictionaries of rooms (``ganlab/__init__.py``, tests/test_architecture.py) and of checks
(``ganlab/checks/__init__.py``). A lesson of a family that is there already joins it: its table of checks is then
``ganlab/critic/checks/lesson_06.py``, and the room's other files stay as they are.

What is to be replaced is marked WRITE HERE. Nothing is written if anything is in the way.
"""

import argparse
import keyword
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TEMPLATE = Path(__file__).resolve().parent / "template"
NAME = re.compile(r"(?P<number>\d\d)_[a-z][a-z0-9]*(_[a-z0-9]+)*")
FAMILY = re.compile(r"[a-z][a-z0-9]*")
LONGEST_NAME, LONGEST_TITLE = 40, 60
# In a title they would end the heading, a docstring, a table's cell or a placeholder of the build.
NOT_IN_A_TITLE = set('"\\{}|@<>`\n\r\t')
MARK = "WRITE HERE"
EXERCISE = "least_squares_loss"
# File -> the line that a new line is put above; the last room of all is the page of the studios.
ROOMS = {"ganlab/__init__.py": '    "app",\n', "tests/test_architecture.py": '    "app": 4,\n'}
LESSONS = "ganlab/checks/__init__.py"
LESSONS_BEGIN = "LESSONS = {\n"


class NewLessonError(ValueError):
    """Why no lesson can be begun with this name, family and title, in a sentence."""


def is_family(family: str, root: Path) -> bool:
    """Whether the package has this family already."""
    return (root / "ganlab" / family / "checks").is_dir()


def files(name: str, family: str, *, joins: bool = False) -> dict[str, str]:
    """File -> the template that it is made of, "" for an empty file; fewer where the lesson joins a family."""
    room, tests = f"ganlab/{family}", f"tests/{family}"
    made = {
        f"lessons/{name}.py": "lesson.py.in",
        f"lessons/{name}.md": "written.md.in",
        f"{room}/checks/{EXERCISE}.py": "exercise.py.in",
        f"{tests}/answers/{EXERCISE}.py": "bank.py.in",
    }
    if joins:
        return made | {f"{room}/checks/lesson_{name[:2]}.py": "table.py.in"}
    empty = {f"{tests}/__init__.py": "", f"{tests}/answers/__init__.py": ""}
    return made | {f"{room}/__init__.py": "family.py.in", f"{room}/checks/__init__.py": "table.py.in"} | empty


def check(name: str, family: str, title: str, root: Path) -> None:
    """Refuse what would not become a lesson.

    Raises
    ------
    NewLessonError
        If the name is not NN_slug, the family no name of a package or a room that is no family, the title empty, too
        long or with signs that do not fit into one, the number taken or leaving a gap, or a file already there.
    """
    if not NAME.fullmatch(name) or len(name) > LONGEST_NAME:
        raise NewLessonError(
            f"expected a name such as 06_wgan_gp (two digits, then small letters, digits and single underscores, "
            f"{LONGEST_NAME} at most), got {name!r}"
        )
    if not FAMILY.fullmatch(family) or keyword.iskeyword(family) or len(family) > LONGEST_NAME:
        raise NewLessonError(f"expected a family such as critic (small letters and digits), got {family!r}")
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
    joins = is_family(family, root)
    rooms = [f"ganlab/{family}.py", f"ganlab/{family}", f"tests/{family}"]
    if not joins and (other := [room for room in rooms if (root / room).exists()]):
        raise NewLessonError(f"{other[0]} is there and is no family: choose another name for yours")
    if there := [target for target in files(name, family, joins=joins) if (root / target).exists()]:
        raise NewLessonError(f"{' and '.join(there)} already there; nothing has been written")


def begin(name: str, family: str, title: str, root: Path) -> tuple[list[str], list[str]]:
    """Write the files of a new lesson and register it; return the names of the files written and of those changed."""
    check(name, family, title, root)
    joins = is_family(family, root)
    number, checks = name[:2], f"ganlab.{family}.checks"
    table = f"from {checks} import lesson_{number} as checks" if joins else f"from ganlab.{family} import checks"
    values = {
        "@NUMBER@": number,
        "@NAME@": name,
        "@FAMILY@": family,
        "@TITLE@": title.strip(),
        "@CHECKS@": table,
    }
    # All are read before any is written.
    texts = {}
    for target, template in files(name, family, joins=joins).items():
        text = (TEMPLATE / template).read_text(encoding="utf-8") if template else ""
        texts[target] = re.sub("|".join(values), lambda found: values[found[0]], text)
    changed = registered(number, family, f"{checks}.lesson_{number}" if joins else checks, root, new_room=not joins)
    for target, text in (texts | changed).items():
        (root / target).parent.mkdir(parents=True, exist_ok=True)
        (root / target).write_text(text, encoding="utf-8")
    return list(texts), list(changed)


def registered(number: str, family: str, module: str, root: Path, *, new_room: bool) -> dict[str, str]:
    """File -> its text with one line more: the dictionaries in which a lesson, and a new room, are found.

    Raises
    ------
    NewLessonError
        If the place for the line is not there.
    """
    read = {target: (root / target).read_text(encoding="utf-8") for target in (LESSONS, *ROOMS)}
    begin_at = read[LESSONS].find(LESSONS_BEGIN)
    end = read[LESSONS].find("}\n", begin_at)
    missing = [target for target, above in ROOMS.items() if read[target].count(above) != 1]
    if begin_at < 0 or end < 0 or missing:
        raise NewLessonError(f"{(missing or [LESSONS])[0]} has no place for one more line; write it by hand first")
    changed = {LESSONS: f'{read[LESSONS][:end]}    "lesson_{number}": "{module}",\n{read[LESSONS][end:]}'}
    if new_room:
        lines = {"ganlab/__init__.py": f'    "{family}",\n', "tests/test_architecture.py": f'    "{family}": 3,\n'}
        changed |= {target: read[target].replace(above, lines[target] + above) for target, above in ROOMS.items()}
    return changed


def main(arguments: list[str] | None = None) -> int:
    """Begin a lesson; the exit status is 0 if it has been begun."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("name", metavar="NN_slug")
    parser.add_argument("--family", required=True, help="the room of the package that it belongs to: critic")
    parser.add_argument("--title", required=True)
    parser.add_argument("--root", type=Path, default=ROOT, help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    try:
        written, changed = begin(options.name, options.family, options.title, options.root.resolve())
    except NewLessonError as error:
        print(f"new-lesson: {error}")
        return 1
    number, title = options.name[:2], options.title.strip()
    print(
        "\n".join([*(f"wrote {target}" for target in written), *(f"added a line to {target}" for target in changed)])
    )
    to_write = (target for target in written if target.startswith(("lessons/", f"ganlab/{options.family}/_")))
    print(f"""
Next:
  python -m tools.lessons --only {number} --profile smoke   # seconds; then open notebooks/{options.name}.ipynb
  python -m pytest tests/checks -k lesson_{number}
  grep -n "{MARK}" {" ".join(to_write)}
and a line for the README's table:
  | {number} | [{title}](notebooks/{options.name}.ipynb) | ... | 60 min |""")
    return 0


if __name__ == "__main__":
    sys.exit(main())
