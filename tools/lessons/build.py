"""Build notebooks/ and solutions/ from lessons/.

    python -m tools.lessons                 everything that is out of date
    python -m tools.lessons --only 01       one lesson (several: --only 01 02)
    python -m tools.lessons --no-execute    text and code only; outputs of unchanged cells stay
    python -m tools.lessons --profile smoke seconds a lesson while writing one; --check refuses the result
    python -m tools.lessons --force         execute even what is up to date
    python -m tools.lessons --check         change nothing; exit 1 and name what is out of date

A lesson is executed again only if its own code, a file of ganlab that it imports (directly or not) or shipped
weights that it names have changed since; rewording text, comments and docstrings costs nothing.
"""

import argparse
import sys
import time
from pathlib import Path

from tools.lessons import BuildError
from tools.lessons.execute import execute
from tools.lessons.notebook import assemble, carry_outputs, dumps, is_current, leaks, number, out_of_date, read, write
from tools.lessons.outputs import MAX_NOTEBOOK
from tools.lessons.source import Lesson, project_values, read_lesson

ROOT = Path(__file__).resolve().parents[2]


def build(lesson: Lesson, options: argparse.Namespace, root: Path) -> str:
    """Write the two notebooks of a lesson; return what was done, in a few words."""
    values = project_values(root)
    target = root / "notebooks" / f"{lesson.name}.ipynb"
    notebook, old = assemble(lesson, values, solutions=False), read(target)
    started = time.monotonic()
    if options.no_execute or (is_current(lesson, old, root, options.profile) and not options.force):
        carry_outputs(notebook, old)
        number(notebook)
        done = "text and code written, not executed" if options.no_execute else "up to date"
    else:
        for remark in execute(lesson, notebook, root=root, profile=options.profile, timeout=options.timeout):
            print(f"  look at this: {remark}")
        done = f"executed in profile {options.profile} in {time.monotonic() - started:.0f} s"
    text = dumps(notebook)
    if found := leaks(lesson, text):
        raise BuildError(lesson.path, 1, f"the learner's notebook would show this line of a solution: {found[0]!r}")
    if (size := len(text.encode())) > MAX_NOTEBOOK:
        raise BuildError(
            lesson.path, 1, f"the notebook has {size:,} bytes, more than {MAX_NOTEBOOK:,}; draw smaller figures"
        )
    write(notebook, target)
    write(assemble(lesson, values, solutions=True), root / "solutions" / target.name)
    return f"{done}, {size / 1e6:.2f} MB"


def check(lessons: list[Lesson], root: Path) -> list[str]:
    """Everything that is not as the sources say."""
    values = project_values(root)
    wrong = [sentence for lesson in lessons for sentence in out_of_date(lesson, values, root)]
    names = {path.stem for path in (root / "lessons").glob("*.py")}
    for folder in ("notebooks", "solutions"):
        wrong += [
            f"{folder}/{path.name} has no lesson; delete it"
            for path in sorted((root / folder).glob("*.ipynb"))
            if path.stem not in names
        ]
    return wrong


def main(arguments: list[str] | None = None) -> int:
    """Build or check; the exit status is 0 if all is well."""
    parser = argparse.ArgumentParser(
        prog="python -m tools.lessons", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", nargs="+", default=[], metavar="NN", help="lessons whose names begin so")
    parser.add_argument("--check", action="store_true", help="change nothing, fail if anything is out of date")
    parser.add_argument("--no-execute", action="store_true", help="keep the outputs there are")
    parser.add_argument("--force", action="store_true", help="execute even what is up to date")
    parser.add_argument("--profile", choices=("smoke", "cpu", "gpu"), default="cpu")
    parser.add_argument("--timeout", type=int, default=1800, help="seconds a cell may take")
    parser.add_argument("--root", type=Path, default=ROOT, help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    root = options.root.resolve()
    paths = sorted((root / "lessons").glob("[0-9][0-9]_*.py"))
    if options.only:
        paths = [path for path in paths if any(path.name.startswith(begin) for begin in options.only)]
    if not paths:
        print(f"no lesson in lessons/ is called {' or '.join(options.only) or 'NN_slug.py'}")
        return 1
    failed = 0
    lessons = []
    for path in paths:
        try:
            lessons.append(read_lesson(path))
        except BuildError as error:
            print(_short(error, root))
            failed += 1
    if options.check:
        wrong = check(lessons, root)
        print("\n".join(wrong) or f"{len(lessons)} lessons: notebooks and solutions are up to date")
        return int(bool(wrong) or failed > 0)
    for lesson in lessons:
        try:
            print(f"{lesson.name}: {build(lesson, options, root)}", flush=True)
        except BuildError as error:
            print(_short(error, root))
            failed += 1
    return int(failed > 0)


def _short(error: BuildError, root: Path) -> str:
    return str(error).replace(f"{root}/", "")


if __name__ == "__main__":
    sys.exit(main())
