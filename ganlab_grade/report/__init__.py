"""One page about the class, for the instructor: what to talk about next, how it went, and who needs a person.

Like the students' pages it stands alone (see :mod:`~ganlab_grade.report.feedback`): no script, no other host.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from statistics import mean, median, quantiles
from typing import Any

from ganlab_grade.course import Assignment, Grade
from ganlab_grade.report import plots as plots
from ganlab_grade.report.marks import Manual, Student, points_text
from ganlab_grade.report.numbers import ClassNumbers, LessonNumbers, class_numbers
from ganlab_grade.report.pages import render
from ganlab_grade.similarity import Pair
from ganlab_grade.text import plain

LONG = 12  # rows; more are folded away
MOST_ROWS = 500
MARKS_LEAD = (
    "Share of the exercises' points; written questions are not in it. The line is the middle half of the class, the "
    "diamond the median."
)
ALIKE_LEAD = (
    "A hint, never a mark: these pairs share more than the handed-out code and what others in the class wrote too. "
    "People who learn together, or read the same page, write alike. Read both answers and talk with both before you "
    "conclude anything."
)
Cell = str | dict[str, Any]


@dataclass
class _Table:
    heads: Sequence[tuple[str, str]]  # (text, what stands below it: "text", "number", an identifier "name", or "who")
    rows: Sequence[Sequence[Cell]]
    title: str = ""
    folded: str = ""  # what opens it, if it is long


@dataclass
class _Section:
    anchor: str
    title: str
    lead: list[str] = field(default_factory=list)
    plot: plots.Plot | None = None
    tables: list[_Table] = field(default_factory=list)


def class_report(
    students: Iterable[Student],
    assignments: Iterable[Assignment],
    graded: Iterable[Grade],
    manual: Manual | None = None,
    pairs: Iterable[Pair] = (),
    *,
    problems: Iterable[str] = (),
    title: str = "The class",
) -> str:
    """The report, as HTML text: the same results give the same text.

    Parameters
    ----------
    students, assignments, graded, manual
        The class, what was set, what marking found, and a person's marks.
    pairs : iterable of Pair
        What :func:`~ganlab_grade.similarity.similar_pairs` found, of all lessons.
    problems : iterable of str
        What could not be marked at all, a sentence each: a file whose student or lesson nobody knows.
    title : str
        The headline.

    Raises
    ------
    GradingError
        If results fit neither the students nor the assignments.
    """
    people = list(students)
    numbers = class_numbers(people, assignments, graded, manual)
    names = {person.id: plain(person.name, 60) for person in people}
    sections = [
        _next_lecture(numbers),
        _marks(numbers.lessons),
        _hardest(numbers),
        _people(numbers, [plain(problem, 400) for problem in problems]),
        _handed_in(numbers.lessons),
        _alike(list(pairs), names),
        _mended(numbers),
        _time(numbers.lessons),
    ]
    return render(
        "report.html",
        title=plain(title),
        tiles=_tiles(numbers),
        sections=[
            section
            for section in sections
            if section.plot or section.lead or any(table.rows for table in section.tables)
        ],
    )


def _tiles(numbers: ClassNumbers) -> list[tuple[str, str]]:
    shares = [share for lesson in numbers.lessons for share in lesson.shares]
    expected = numbers.students * len(numbers.lessons)
    looks = {(look.student, look.lesson) for look in numbers.looks}
    return [
        (str(numbers.students), "students"),
        (f"{sum(lesson.handed_in for lesson in numbers.lessons)} / {expected}", "notebooks handed in"),
        (_percent(median(shares)) if shares else "–", "median of the exercises' points"),
        (str(len(looks)), "notebooks a person should look at"),
        (str(sum(count for _, _, count in numbers.open_questions)), "written answers to mark"),
    ]


def _next_lecture(numbers: ClassNumbers) -> _Section:
    rows: list[Sequence[Cell]] = [
        [
            misconception.message,
            misconception.exercise,
            misconception.lesson,
            misconception.words,
            {"summary": f"{len(misconception.students)} of {misconception.of}", "names": misconception.students},
        ]
        for misconception in numbers.misconceptions
    ]
    heads = [("What they read", "text"), ("Exercise", "name"), ("Lesson", "name"), ("Rung", "name")]
    heads.append(("Students", "number"))
    lead = "The rungs at which answers stopped: the first property of a right answer that they do not have."
    if not rows:
        lead = "No answer stopped at a misconception."
    return _Section(
        "lecture",
        "What to talk about in the next lecture",
        [lead],
        plots.misconceptions_plot(numbers.misconceptions),
        _split(heads, rows),
    )


def _marks(lessons: Sequence[LessonNumbers]) -> _Section:
    heads = [("Lesson", "name"), *((head, "number") for head in ("Marked", "Mean", "Lower quarter", "Median"))]
    heads += [(head, "number") for head in ("Upper quarter", "Lowest", "Highest")]
    rows: list[Sequence[Cell]] = []
    for lesson in lessons:
        if lesson.shares:
            low, middle, high = (
                quantiles(lesson.shares, n=4, method="inclusive") if lesson.shares[1:] else lesson.shares * 3
            )
            numbers = [mean(lesson.shares), low, middle, high, lesson.shares[0], lesson.shares[-1]]
            rows.append([lesson.lesson, str(len(lesson.shares)), *map(_percent, numbers)])
    complete: list[Sequence[Cell]] = []
    for lesson in lessons:
        if lesson.totals:
            points = [median(lesson.totals), lesson.totals[0], lesson.totals[-1], lesson.out_of]
            complete.append([lesson.lesson, str(len(lesson.totals)), *map(points_text, points)])
    whole = [(head, "number") for head in ("Complete", "Median", "Lowest", "Highest", "Out of")]
    return _Section(
        "marks",
        "Marks by lesson",
        [MARKS_LEAD],
        plots.marks_plot(lessons),
        [
            _Table(heads, rows),
            _Table([("Lesson", "name"), *whole], complete, "With the written questions, in points"),
        ],
    )


def _hardest(numbers: ClassNumbers) -> _Section:
    heads = [("Exercise", "name"), ("Lesson", "name"), ("Mean share", "number")]
    heads += [(head, "number") for head in ("Solved", "Partly", "No points", "Left blank", "Marked")]
    rows: list[Sequence[Cell]] = [
        [exercise.name, exercise.lesson, _percent(exercise.share)]
        + [
            str(count)
            for count in (exercise.solved, exercise.partly, exercise.nothing, exercise.blank, exercise.marked)
        ]
        for exercise in numbers.exercises
    ]
    return _Section("hardest", "Hardest exercises", [], plots.hardest_plot(numbers.exercises), _split(heads, rows))


def _people(numbers: ClassNumbers, problems: Sequence[str]) -> _Section:
    heads = [("Student", "who"), ("Lesson", "name"), ("Why", "text")]
    rows: list[Sequence[Cell]] = [[look.student, look.lesson, look.reason] for look in numbers.looks]
    open_rows: list[Sequence[Cell]] = [[lesson, what, str(n)] for lesson, what, n in numbers.open_questions]
    open_heads = [("Lesson", "name"), ("Question", "text"), ("Answers to mark", "number")]
    return _Section(
        "people",
        "What needs a person",
        []
        if rows or open_rows or problems
        else ["Nothing: every notebook is marked, and no written answer is open."],
        None,
        [
            *_split([("File", "text")], [[problem] for problem in problems], "Files that could not be marked"),
            *_split(heads, rows, "Notebooks to look at"),
            _Table(open_heads, open_rows, "Written questions to mark"),
        ],
    )


def _handed_in(lessons: Sequence[LessonNumbers]) -> _Section:
    heads = [("Lesson", "name"), ("Handed in", "number"), ("Waiting for a person", "number"), ("Missing", "text")]
    rows: list[Sequence[Cell]] = [
        [
            lesson.lesson,
            str(lesson.handed_in),
            str(lesson.waiting),
            {"summary": str(len(lesson.missing)), "names": lesson.missing} if lesson.missing else "nobody",
        ]
        for lesson in lessons
    ]
    return _Section("missing", "Handed in and missing", [], plots.handed_in_plot(lessons), [_Table(heads, rows)])


def _alike(pairs: Sequence[Pair], names: dict[str, str]) -> _Section:
    heads = [("Alike", "name"), ("Student", "who"), ("Student", "who"), ("Lesson", "name"), ("Exercises", "text")]
    rows: list[Sequence[Cell]] = [
        [
            _percent(pair.similarity),
            *(names.get(who, plain(who, 60)) for who in (pair.a, pair.b)),
            pair.lesson,
            ", ".join(pair.exercises),
        ]
        for pair in sorted(pairs, key=lambda one: (-one.similarity, one.lesson, one.a, one.b))
    ]
    return _Section(
        "alike",
        "Answers that are alike",
        [ALIKE_LEAD if rows else "No two students' answers stand out as alike."],
        None,
        _split(heads, rows),
    )


def _mended(numbers: ClassNumbers) -> _Section:
    rows: list[Sequence[Cell]] = [[what, str(times)] for what, times in numbers.remarks]
    heads = [("What the pre-check mended", "text"), ("Notebooks", "number")]
    return _Section("mended", "What was mended in the files", [], None, _split(heads, rows))


def _time(lessons: Sequence[LessonNumbers]) -> _Section:
    heads = [("Lesson", "name"), *((head, "number") for head in ("Notebooks", "Median", "Longest", "Together"))]
    rows: list[Sequence[Cell]] = [
        [
            lesson.lesson,
            str(len(lesson.seconds)),
            *map(_duration, (median(lesson.seconds), lesson.seconds[-1], sum(lesson.seconds))),
        ]
        for lesson in lessons
        if lesson.seconds
    ]
    lead = ["From fastest to slowest notebook; the diamond is the median."] if rows else []
    return _Section("time", "Time it took to mark", lead, plots.time_plot(lessons), [_Table(heads, rows)])


def _split(heads: Sequence[tuple[str, str]], rows: Sequence[Sequence[Cell]], title: str = "") -> list[_Table]:
    """The first rows in sight, the others folded away."""
    if len(rows) <= LONG + 3:
        return [_Table(heads, rows, title)]
    rest = rows[LONG:MOST_ROWS]
    words = f"{len(rest)} more" if len(rows) <= MOST_ROWS else f"{len(rest)} more of {len(rows)}"
    return [_Table(heads, rows[:LONG], title), _Table(heads, rest, folded=words)]


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"


def _duration(seconds: float) -> str:
    if seconds < 100:
        return f"{seconds:.1f} s"
    minutes = seconds / 60
    return f"{minutes:.0f} min" if minutes < 120 else f"{minutes / 60:.1f} h"
