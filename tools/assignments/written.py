"""Written questions and their rubrics, read strictly from lessons/NN_slug.md.

::

    ## Why the detach? (6 points)
    The question, in Markdown.

    ### Rubric
    - 2: says that ...
    - 4: ...

    ### A good answer
    Text.
"""

import re
from dataclasses import dataclass, field
from pathlib import Path

from ganlab_grade.course import Question
from tools.lessons import BuildError
from tools.lessons.markers import ALMOST
from tools.lessons.source import PLACEHOLDER

TITLE = re.compile(r"^## (?P<title>[^\s|][^|]*?) \((?P<points>\d+(?:\.\d+)?) points?\)$")
CREDIT = re.compile(r"^- (?P<points>\d+(?:\.\d+)?): (?P<earned>\S.*)$")
HEADINGS = ("### Rubric", "### A good answer")
# nbgrader cuts these out of any cell that holds them; a question that only mentions one would lose its end.
MARK_SCHEME = re.compile(r"(BEGIN|END) MARK SCHEME")
FENCE = re.compile(r"^\s*(```|~~~)")
AT_LEAST = 2


@dataclass
class _Draft:
    """A question as far as it has been read: lines with their numbers, one list for each part."""

    line: int
    title: str
    points: float
    parts: list[list[tuple[int, str]]] = field(default_factory=lambda: [[]])


def read_written(path: Path) -> tuple[Question, ...]:
    """The written questions of a lesson, in order, named question-1, question-2, ...

    Raises
    ------
    BuildError
        With the line, if the file is missing or not of the form above, if a rubric's points do not add up to the
        question's, if two questions have one title, or if there are fewer than two.
    """
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
    except FileNotFoundError:
        raise BuildError(
            path, 1, f"there is no such file; an assignment needs at least {AT_LEAST} written questions, each with "
            "a rubric and a good answer"
        ) from None  # fmt: skip
    drafts = _split(path, lines)
    seen: dict[str, int] = {}
    for draft in drafts:
        if draft.title in seen:
            raise BuildError(path, draft.line, f"the question of line {seen[draft.title]} has this title, too")
        seen[draft.title] = draft.line
    questions = tuple(_question(path, number, draft) for number, draft in enumerate(drafts, 1))
    if len(questions) < AT_LEAST:
        raise BuildError(path, 1, f"expected at least {AT_LEAST} written questions, got {len(questions)}")
    return questions


def _split(path: Path, lines: list[str]) -> list[_Draft]:
    drafts: list[_Draft] = []
    fenced = 0  # the line that opened the code block we are in
    for number, line in enumerate(lines, 1):
        line = line.rstrip()
        _check_line(path, number, line)
        if FENCE.match(line):
            fenced = 0 if fenced else number
        heading = line.startswith("#") and not fenced
        if heading and (found := TITLE.match(line)):
            if drafts:
                _check_complete(path, drafts[-1])
            drafts.append(_Draft(number, found["title"], float(found["points"])))
        elif not drafts:
            if line:
                raise BuildError(
                    path, number, f"expected the first question, `## Title (6 points)`, got {line!r:.80}"
                )
        elif heading:
            at = len(drafts[-1].parts) - 1
            wanted = HEADINGS[at] if at < len(HEADINGS) else "the next question, `## Title (6 points)`"
            if line != wanted:
                raise BuildError(path, number, f"expected {wanted} as the next heading, got {line!r:.80}")
            drafts[-1].parts.append([])
        else:
            drafts[-1].parts[-1].append((number, line))
    if fenced:
        raise BuildError(path, fenced, "a code block is opened here and never closed")
    if drafts:
        _check_complete(path, drafts[-1])
    return drafts


def _check_line(path: Path, number: int, line: str) -> None:
    if ALMOST.search(line) or MARK_SCHEME.search(line):
        raise BuildError(path, number, f"nbgrader would take this for one of its markers: {line.strip()!r:.80}")
    if found := PLACEHOLDER.search(line):
        raise BuildError(path, number, f"{found[0]} is filled in for lessons only; write it out")


def _check_complete(path: Path, draft: _Draft) -> None:
    names = ("text", "rubric", "good answer")
    missing = names[len(draft.parts) :] + tuple(
        name for name, part in zip(names, draft.parts, strict=False) if not any(line for _, line in part)
    )
    if missing:
        raise BuildError(path, draft.line, f"the question {draft.title!r} has no {' and no '.join(missing)}")


def _question(path: Path, number: int, draft: _Draft) -> Question:
    text, rubric, answer = draft.parts
    credits = _rubric(path, rubric)
    if draft.points <= 0:
        raise BuildError(path, draft.line, "expected a question of more than 0 points")
    total = sum(points for points, _ in credits)
    if total != draft.points:
        raise BuildError(
            path, draft.line, f"the rubric adds up to {total:g} points, the question has {draft.points:g}"
        )
    return Question(
        name=f"question-{number}",
        title=draft.title,
        cell=f"question-{number}",
        points=draft.points,
        text=_joined(text),
        rubric=credits,
        answer=_joined(answer),
    )


def _rubric(path: Path, lines: list[tuple[int, str]]) -> tuple[tuple[float, str], ...]:
    credits: list[tuple[float, str]] = []
    for number, line in lines:
        if found := CREDIT.match(line):
            if float(found["points"]) <= 0:
                raise BuildError(path, number, "expected more than 0 points")
            credits.append((float(found["points"]), found["earned"]))
        elif line.startswith("  ") and credits:  # a long sentence goes on
            points, earned = credits[-1]
            credits[-1] = points, f"{earned} {line.strip()}"
        elif line:
            raise BuildError(path, number, f"expected `- 2: what earns them`, got {line!r:.80}")
    return tuple(credits)


def _joined(lines: list[tuple[int, str]]) -> str:
    return "\n".join(line for _, line in lines).strip("\n")
