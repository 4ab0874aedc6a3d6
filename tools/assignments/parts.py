"""The exercises of a lesson, each with its own text and its check, cut out of the lesson's cells."""

import ast
import re
from dataclasses import dataclass
from pathlib import Path

import jupytext

from tools.lessons import BuildError
from tools.lessons.markers import STUB, find_blocks, parse, top_level_names
from tools.lessons.source import TOOL_REMARK, Cell, Lesson

POINTS = {"easy": 5.0, "medium": 10.0, "hard": 15.0}
MARK = re.compile(r"^\*\*(?P<number>Exercise \d+) \((?P<level>\w+)\)\.?\*\*", re.M)
HEADING = re.compile(r"^#{1,6} ", re.M)
CHECK = re.compile(r"lesson_\d\d\.\w+")
DISPLAY = re.compile(r"\$\$(.+?)\$\$", re.S)
TAG = re.compile(r"\\tag\{(\d+)\}")
REFERENCE = re.compile(r"\((\d{1,2})\)")
NOT_PROSE = re.compile(r"`[^`\n]+`|\$\$.+?\$\$|\$[^$\n]+\$", re.S)


@dataclass(frozen=True)
class Part:
    """One exercise: its texts, its cells with their markers, and where it stands."""

    name: str  # what the answer's cell defines
    title: str  # "Exercise 4 (medium)"
    points: float
    check: str  # "lesson_02.slerp"
    text: str
    hints: str  # what the lesson says below the check, "" mostly
    answer: str  # the cell with its solution between markers
    blank: str  # the cell as a learner gets it
    shown: str  # the check's call
    hidden: str  # the hidden tests, without markers; "" if there are none
    cell: int  # index of the answer's cell in the lesson
    arguments: frozenset[str]

    @property
    def slug(self) -> str:
        """Beginning of its cells' ids: they depend on the name alone, so that no other exercise renames them."""
        return self.name.replace("_", "-")


@dataclass(frozen=True)
class Parts:
    """A lesson's exercises and what is said before the first of them."""

    title: str  # of the lesson
    intro: str
    exercises: tuple[Part, ...]
    equations: dict[str, str]  # number -> the lesson's equation


def read_parts(lesson: Lesson) -> Parts:
    """Cut the exercises out of a lesson.

    Raises
    ------
    BuildError
        If there are none, one is not a function with a stub, its text, level or check cannot be told, or two have
        one name.
    """
    raw = _with_markers(lesson.path)
    answers = [at for at, cell in enumerate(lesson.cells) if "exercise" in cell.tags]
    if not answers:
        raise BuildError(lesson.path, 1, "a graded lesson needs at least one exercise")
    checks = [
        next(at for at in range(answer + 1, len(raw)) if "check" in lesson.cells[at].tags) for answer in answers
    ]
    texts = [_text(lesson, first, answer) for first, answer in zip([0, *checks], answers, strict=False)]
    tagged = _equations(lesson)
    exercises: list[Part] = []
    for at, (answer, check) in enumerate(zip(answers, checks, strict=True)):
        title, level, text, _ = texts[at] or _only_text(lesson, answer, alone=len(answers) == 1)
        following = texts[at + 1] if at + 1 < len(answers) else None
        hints = following[3] if following else _below(lesson, check)
        name, ladder, shown, hidden = _check(lesson, check, raw[check])
        arguments = _answer(lesson, answer, raw[answer], name)
        exercises.append(
            Part(
                name=name, title=f"{title} ({level})", points=POINTS[level], check=ladder,
                text=with_equations(text, tagged), hints=hints, answer=raw[answer],
                blank=lesson.cells[answer].unsolved, shown=shown, hidden=hidden, cell=answer, arguments=arguments,
            )
        )  # fmt: skip
        for other in exercises[:-1]:
            if other.slug == exercises[-1].slug or other.title.split(" (")[0] == title:
                raise BuildError(
                    lesson.path,
                    lesson.cells[answer].line,
                    f"{other.name} and {name}: two exercises of one name or number",
                )
    heading = next(line for line in lesson.cells[0].unsolved.split("\n") if line.startswith("# "))
    return Parts(heading.removeprefix("# ").strip(), texts[0][3] if texts[0] else "", tuple(exercises), tagged)


def _with_markers(path: Path) -> list[str]:
    """The cells' sources as written: :func:`tools.lessons.source.read_lesson` keeps them without their markers."""
    cells = jupytext.reads(path.read_text(encoding="utf-8"), fmt="py:percent").cells
    return [TOOL_REMARK.sub("", cell.source) if cell.cell_type == "code" else cell.source for cell in cells]


def _text(lesson: Lesson, first: int, answer: int) -> tuple[str, str, str, str] | None:
    """(number, level, text, what stands before it) from the cells above an answer; None if no text is marked."""
    found = [
        (at, mark)
        for at in range(first, answer)
        if lesson.cells[at].kind == "markdown"
        for mark in MARK.finditer(lesson.cells[at].unsolved)
    ]
    if not found:
        return None
    at, mark = found[0]
    cell = lesson.cells[at]
    if len(found) > 1:
        raise BuildError(lesson.path, cell.line, f"{mark[0]} has no cell for its answer before {found[1][1][0]}")
    if mark["level"] not in POINTS:
        raise BuildError(lesson.path, cell.line, f"expected {', '.join(POINTS)} as the level, got {mark['level']!r}")
    before = cell.unsolved[: mark.start()]
    if first:  # below another exercise's check: what stands here belongs to that one
        before = "\n\n".join([*_prose(lesson.cells[first + 1 : at]), before])
        before = before[: found.start()] if (found := HEADING.search(before)) else before
    else:
        before = before[headings[-1].start() :] if (headings := list(HEADING.finditer(before))) else before
        before = "\n".join(line for line in before.split("\n") if not HEADING.match(line))
    text = "\n\n".join([cell.unsolved[mark.start() :].strip(), *_prose(lesson.cells[at + 1 : answer])])
    return mark["number"], mark["level"], text, before.strip()


def _only_text(lesson: Lesson, answer: int, *, alone: bool) -> tuple[str, str, str, str]:
    """The text of a lesson's single exercise, which need not be called exercise 1."""
    if not alone:
        raise BuildError(
            lesson.path,
            lesson.cells[answer].line,
            "expected its text, `**Exercise 4 (medium).** ...`, above this cell",
        )
    above = [cell for cell in lesson.cells[:answer] if cell.kind == "markdown"]
    text = "\n".join(line for line in above[-1].unsolved.split("\n") if not HEADING.match(line)).strip()
    return "Exercise 1", "easy", f"**Exercise 1 (easy).** {text}", ""


def _prose(cells: tuple[Cell, ...]) -> list[str]:
    return [cell.unsolved.strip() for cell in cells if cell.kind == "markdown" and cell.unsolved.strip()]


def _below(lesson: Lesson, check: int) -> str:
    """What is said below the last check, up to the next heading."""
    said: list[str] = []
    for cell in lesson.cells[check + 1 :]:
        if cell.kind != "markdown":
            break
        heading = HEADING.search(cell.unsolved)
        said.append((cell.unsolved[: heading.start()] if heading else cell.unsolved).strip())
        if heading:
            break
    return "\n\n".join(piece for piece in said if piece)


def _check(lesson: Lesson, at: int, raw: str) -> tuple[str, str, str, str]:
    """(name of the answer, ladder, the visible call, hidden tests) of a check's cell."""
    cell = lesson.cells[at]
    body = parse(cell.unsolved).body
    call = body[0].value if len(body) == 1 and isinstance(body[0], ast.Expr) else None
    if (
        isinstance(call, ast.Call)
        and len(call.args) == 1
        and not call.keywords
        and isinstance(call.args[0], ast.Name)
    ):
        ladder = ast.unparse(call.func).removeprefix("checks.")
        if CHECK.fullmatch(ladder) and ast.unparse(call.func).startswith("checks."):
            lines = raw.split("\n")
            blocks = find_blocks(raw, kind="code", tags=cell.tags)
            hidden = ["\n".join(lines[block.begin + 1 : block.end]) for block in blocks]
            return call.args[0].id, ladder, cell.unsolved.strip(), "\n".join(hidden).strip("\n")
    raise BuildError(
        lesson.path, cell.line, "a graded check is one call like `checks.lesson_02.slerp(slerp)`, and hidden tests"
    )


def _answer(lesson: Lesson, at: int, raw: str, name: str) -> frozenset[str]:
    """The arguments of the function that is asked for."""
    cell = lesson.cells[at]
    found = [node for node in parse(cell.unsolved).body if isinstance(node, ast.FunctionDef) and node.name == name]
    stubs = sum(line.strip() == STUB for line in cell.unsolved.split("\n"))
    if len(found) != 1 or stubs != 1 or len(find_blocks(raw, kind="code", tags=cell.tags)) != 1:
        raise BuildError(
            lesson.path, cell.line, f"a graded answer is one function, here {name}, with one solution inside of it; "
            f"this cell defines {', '.join(sorted(top_level_names(parse(cell.unsolved))))}"
        )  # fmt: skip
    return frozenset(argument.arg for argument in ast.walk(found[0].args) if isinstance(argument, ast.arg))


def _equations(lesson: Lesson) -> dict[str, str]:
    """The lesson's numbered equations, each on one line: a quotation mark inside of a formula would be drawn."""
    shown = [
        formula for cell in lesson.cells if cell.kind == "markdown" for formula in DISPLAY.findall(cell.unsolved)
    ]
    return {
        tag[1]: "$$" + re.sub(r"\s*\n\s*", " ", formula) + "$$" for formula in shown if (tag := TAG.search(formula))
    }


def with_equations(text: str, tagged: dict[str, str]) -> str:
    """The text, and below it the equations that it refers to by number."""
    numbers = sorted({int(tag) for tag in REFERENCE.findall(NOT_PROSE.sub("", text)) if tag in tagged})
    if not numbers:
        return text
    return "\n>\n".join([f"{text}\n\n> From the lesson:", *(f"> {tagged[str(number)]}" for number in numbers)])
