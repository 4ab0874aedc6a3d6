"""One short notebook out of exercises and questions: nbgrader's source, with solutions and hidden tests marked."""

from collections.abc import Iterable

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from ganlab_grade.course import Question
from tools.assignments.needs import Above, Needs, merged
from tools.assignments.parts import Part, Parts, with_equations
from tools.assignments.scope import taken
from tools.lessons import BuildError
from tools.lessons.notebook import KERNEL
from tools.lessons.source import COLAB, Lesson, colab_address, fill

ANSWER_HERE = "*Your answer here.*"
NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
TITLE = """\
# {title}: graded exercises

{badge}

{exercises}, and {questions}. Together {points:g} points.

| | points |
|---|---|
{table}

**How it is marked.** The check below an exercise climbs a ladder: is there an answer, has it the right type and \
shape, has it this property and that one, are the numbers right? It names the first rung that does not hold. The \
rungs share half of an exercise's points among them, so part of an answer is worth handing in; the other half is for \
one that is right. After you have handed in, your functions climb the same ladders again in a clean place, and meet \
inputs that you have not seen. \
They are judged by what they return, not by what the notebook shows; it need not even have been run. The written \
questions are read by a person.

**How to work.** Everything runs within seconds on any computer; nothing is trained here. Write where it says `your \
code here` or {answer}, and add cells of your own wherever you like to try things. The other cells are locked, and \
are put back as they were before marking. Numbers of equations and sections are those of \
[the lesson]({lesson})."""
COLAB_NOTE = """\


In Colab: *File → Upload notebook*, and choose this file. The badge above opens the lesson."""
SUBMIT = """\
## Before you hand in

1. Choose *Kernel → Restart Kernel and Run All Cells* (in Colab: *Runtime → Restart session and run all*). Each \
check says ✓, or what is still missing.
2. Save, and hand in this one file, under this name: `{name}.ipynb`. (From Colab: *File → Download → Download \
.ipynb*.)

Something does not work and time is running out? Hand it in as it is. Each exercise is marked for itself, and one \
that fails does not harm the others."""


def compose(
    lesson: Lesson, parts: Parts, questions: Iterable[Question], values: dict[str, str], *, published: str = ""
) -> tuple[NotebookNode, dict[str, str]]:
    """The source notebook, and by exercise the hidden tests with all they need to run on their own.

    Parameters
    ----------
    published : str
        Where on GitHub the handed-out notebooks stand, as ``owner/repository/blob/branch/folder``; the badge opens
        the assignment there. Without it the badge opens the lesson.

    Raises
    ------
    BuildError
        If an exercise needs something that only running the lesson can give.
    """
    questions = tuple(questions)
    above = Above(lesson)
    needs = [above.common(parts.exercises[-1].cell)]
    hidden: dict[str, str] = {}
    for part in parts.exercises:
        code = f"{lesson.cells[part.cell].solved}\n{part.shown}"
        needs.append(above.need(code, cell=part.cell, what=f"the exercise {part.name}"))
        needs.append(above.mentioned(part.text, cell=part.cell, given={*part.arguments, part.name}))
        hidden[part.name] = _hidden(above, part)
    everything = merged(*needs)
    _check_names(lesson, parts, everything)
    setup = next(cell for cell in lesson.cells if "setup" in cell.tags)
    cells = [
        _text("title", _title(lesson, parts, questions, values, published)),
        _code("setup", _filled(setup.unsolved, lesson, values), tags=["setup"]),
        _code("need", f"# What you need: the exercises and their checks use only this.\n{everything.source()}"),
        _text("exercises", _filled(f"## Exercises\n\n{parts.intro}".strip(), lesson, values)),
    ]
    for part in parts.exercises:
        cells += _exercise(part, hidden[part.name], lesson, values)
    cells.append(_text("questions", "## Questions\n\nAnswer in your own words, in a few sentences each; formulas may "
                                    "be typed as $\\LaTeX$ or said in words."))  # fmt: skip
    for number, question in enumerate(questions, 1):
        cells += _question(number, question, parts.equations)
    cells.append(_text("submit", SUBMIT.format(name=lesson.name)))
    notebook = new_notebook(cells=cells)
    notebook["metadata"] = nbformat.from_dict({"kernelspec": KERNEL, "language_info": {"name": "python"}})
    return notebook, hidden


def _check_names(lesson: Lesson, parts: Parts, needs: Needs) -> None:
    """One cell stands above all exercises, so each name has one meaning in it, and is none of the answers'."""
    lines = {part.name: lesson.cells[part.cell].line for part in parts.exercises}
    for name, givers in needs.names.items():
        if name in lines:
            raise BuildError(
                lesson.path,
                lines[name],
                f"the answer {name!r} would replace what another exercise needs by this name",
            )
        if len(givers) > 1:
            raise BuildError(
                lesson.path, min(lines.values()), f"the exercises need {name!r} with two different meanings"
            )


def _hidden(above: Above, part: Part) -> str:
    if not part.hidden:
        return ""
    what = f"the hidden tests of {part.name}"
    if unknown := sorted(taken(part.hidden) & above.given - {"lab"}):
        raise BuildError(
            above.lesson.path, above.lesson.cells[part.cell].line,
            f"{what} need {unknown[0]!r} of the setup cell; they also run outside of the notebook, with `lab` alone",
        )  # fmt: skip
    needs = above.need(part.hidden, cell=part.cell, what=what, given={part.name})
    return f"{needs.source()}\n\n{part.hidden}".strip("\n")


def _title(
    lesson: Lesson, parts: Parts, questions: tuple[Question, ...], values: dict[str, str], published: str
) -> str:
    # A link in words: a picture beside the notebook would not come along when it is handed out.
    target = colab_address(values, lesson=lesson.name, folder="notebooks")
    if published:
        target = f"{COLAB}/github/{published}/{lesson.name}.ipynb"
    badge = f"[**Open in Colab**]({target})"
    rows = [*((part.title, part.points) for part in parts.exercises)]
    rows += [
        (f"Question {number}: {question.title}", question.points) for number, question in enumerate(questions, 1)
    ]
    text = TITLE.format(
        title=parts.title,
        badge=badge,
        exercises=_count(len(parts.exercises), "exercise").capitalize(),
        questions=_count(len(questions), "written question"),
        points=sum(points for _, points in rows),
        table="\n".join(f"| {title} | {points:g} |" for title, points in rows),
        answer=ANSWER_HERE,
        lesson=f"{values['REPOSITORY']}/blob/{values['BRANCH']}/notebooks/{lesson.name}.ipynb",
    )
    return text if published else text + COLAB_NOTE


def _exercise(part: Part, hidden: str, lesson: Lesson, values: dict[str, str]) -> list[NotebookNode]:
    check = part.shown
    if hidden:
        check += f"\n### BEGIN HIDDEN TESTS\n{hidden}\n### END HIDDEN TESTS"
    cells = [
        _text(f"{part.slug}-text", _filled(part.text, lesson, values)),
        _code(f"{part.slug}-answer", part.answer, tags=["exercise"], solution=True, locked=False),
        _code(f"{part.slug}-check", check, tags=["check"], grade=True, points=part.points),
    ]
    return [*cells, _text(f"{part.slug}-hints", _filled(part.hints, lesson, values))] if part.hints else cells


def _question(number: int, question: Question, equations: dict[str, str]) -> list[NotebookNode]:
    points = f"{question.points:g} point{'' if question.points == 1 else 's'}"
    head = f"**Question {number} ({points}): {question.title}**"
    metadata = _metadata(question.cell, grade=True, solution=True, locked=False, points=question.points)
    return [
        _text(f"{question.cell}-text", with_equations(f"{head}\n\n{question.text}", equations)),
        # In source/ the good answer; nbgrader hands out its text stub instead.
        new_markdown_cell(question.answer, id=question.cell, metadata=metadata),
    ]


def _text(grade_id: str, text: str) -> NotebookNode:
    return new_markdown_cell(text, id=grade_id, metadata=_metadata(grade_id))


def _code(grade_id: str, source: str, *, tags: Iterable[str] = (), **settings: object) -> NotebookNode:
    metadata = _metadata(grade_id, **settings) | ({"tags": list(tags)} if tags else {})
    return new_code_cell(source, id=grade_id, metadata=metadata)


def _metadata(grade_id: str, **settings: object) -> dict[str, object]:
    plain = {
        "grade": False,
        "grade_id": grade_id,
        "locked": True,
        "schema_version": 3,
        "solution": False,
        "task": False,
    }
    return {"nbgrader": plain | settings}


def _filled(text: str, lesson: Lesson, values: dict[str, str]) -> str:
    return fill(text, values, lesson=lesson.name, folder="notebooks")


def _count(number: int, what: str) -> str:
    """``three exercises``, ``one question``."""
    said = NUMBERS[number] if number < len(NUMBERS) else str(number)
    return f"{said} {what}{'' if number == 1 else 's'}"
