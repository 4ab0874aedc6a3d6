"""The numbers behind the report on a class: marks, exercises, misconceptions, and whom a person has to look at."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from statistics import mean

from ganlab_grade.course import ENDINGS, Assignment, Exercise, Grade, Verdict
from ganlab_grade.report.marks import Manual, Marks, Student, Total, by_submission, points_of, total
from ganlab_grade.text import plain

# Not misconceptions: nothing was written, or it could not be examined.
NO_MISCONCEPTION = ("passed", "missing", *ENDINGS)


@dataclass(frozen=True)
class LessonNumbers:
    """One lesson: who handed in, and what it came to."""

    lesson: str
    title: str
    shares: tuple[float, ...]  # sorted, of the exercises' points, 0 to 1: submissions whose exercises are all marked
    totals: tuple[float, ...]  # sorted, in points: submissions with nothing open
    out_of: float
    handed_in: int
    waiting: int  # of those handed in: something is open, or a person should look
    missing: tuple[str, ...]  # names of students
    seconds: tuple[float, ...]  # sorted; time it took to mark


@dataclass(frozen=True)
class ExerciseNumbers:
    """One exercise over all submissions in which it is marked."""

    lesson: str
    name: str
    share: float  # mean of points / most points
    solved: int
    partly: int
    blank: int  # the stub was still there
    nothing: int  # something was written, and earned nothing
    marked: int


@dataclass(frozen=True)
class Misconception:
    """One rung of one exercise's ladder at which answers stopped."""

    lesson: str
    exercise: str
    rung: str
    message: str  # what most of these students read
    students: tuple[str, ...]
    of: int  # answers to the exercise that were examined

    @property
    def words(self) -> str:
        """The rung's name as words."""
        return self.rung.replace("_", " ")


@dataclass(frozen=True)
class Look:
    """Why a person should look at something."""

    student: str
    lesson: str
    reason: str  # begins with the exercise's name, if it is about one


@dataclass(frozen=True)
class ClassNumbers:
    """Everything the report says."""

    students: int
    lessons: tuple[LessonNumbers, ...]
    exercises: tuple[ExerciseNumbers, ...]  # hardest first
    misconceptions: tuple[Misconception, ...]  # most frequent first
    looks: tuple[Look, ...]
    open_questions: tuple[tuple[str, str, int], ...]  # (lesson, title, answers to mark)
    remarks: tuple[tuple[str, int], ...]  # (what was mended, how often), most frequent first


def class_numbers(
    students: Iterable[Student],
    assignments: Iterable[Assignment],
    graded: Iterable[Grade],
    manual: Manual | None = None,
) -> ClassNumbers:
    """Count. Names come out bounded and without unseen characters, but not escaped.

    Raises
    ------
    GradingError
        If results fit neither the students nor the assignments.
    """
    people = sorted(students, key=lambda one: one.id)
    names = {person.id: plain(person.name, 60) for person in people}
    found = by_submission(people, graded)
    marks: Manual = manual or {}
    lessons, exercises, misconceptions, looks, waiting = [], [], [], [], []
    remarks: Counter[str] = Counter()
    for assignment in sorted(assignments, key=lambda one: one.lesson):
        mine = {who: found[who, assignment.lesson] for who in names if (who, assignment.lesson) in found}
        given = {who: marks.get((who, assignment.lesson), {}) for who in mine}
        totals = {who: total(assignment, result, given[who]) for who, result in mine.items()}
        lessons.append(_lesson(assignment, mine, given, totals, names))
        for exercise in assignment.exercises:
            verdicts = {
                who: v for who, result in mine.items() for v in result.verdicts if v.exercise == exercise.name
            }
            exercises.append(_exercise(assignment.lesson, exercise, verdicts, given))
            misconceptions += _misconceptions(assignment.lesson, exercise.name, verdicts, names)
        looks += [Look(names[who], assignment.lesson, plain(reason)) for who in mine for reason in totals[who].look]
        looks += _unmarked(assignment, mine, totals, names)
        for question in assignment.questions:
            # Of a notebook that could not be read there is no answer that anybody could mark.
            count = sum(question.name in totals[who].open for who, result in mine.items() if result.verdicts)
            waiting += [(assignment.lesson, question.title, count)] if count else []
        remarks.update(plain(remark) for result in mine.values() for remark in set(result.remarks))
    return ClassNumbers(
        len(people),
        tuple(lessons),
        tuple(
            sorted(
                (numbers for numbers in exercises if numbers.marked),
                key=lambda one: (one.share, one.lesson, one.name),
            )
        ),
        tuple(sorted(misconceptions, key=lambda m: (-len(m.students), m.lesson, m.exercise, m.rung))),
        tuple(looks),
        tuple(waiting),
        tuple(sorted(remarks.items(), key=lambda item: (-item[1], item[0]))),
    )


def _lesson(
    assignment: Assignment,
    mine: Mapping[str, Grade],
    given: Mapping[str, Marks],
    totals: Mapping[str, Total],
    names: Mapping[str, str],
) -> LessonNumbers:
    most = sum(exercise.points for exercise in assignment.exercises)
    shares = []
    for who, graded in mine.items():
        verdicts = {verdict.exercise: verdict for verdict in graded.verdicts}
        points = [
            points_of(exercise.name, verdicts.get(exercise.name), given[who]) for exercise in assignment.exercises
        ]
        if most and None not in points:
            shares.append(sum(score for score in points if score is not None) / most)
    return LessonNumbers(
        lesson=assignment.lesson,
        title=assignment.title,
        shares=tuple(sorted(shares)),
        totals=tuple(sorted(sum_.points for sum_ in totals.values() if sum_.points is not None)),
        out_of=assignment.points,
        handed_in=len(mine),
        waiting=sum(sum_.points is None or bool(sum_.look) for sum_ in totals.values()),
        missing=tuple(name for who, name in names.items() if who not in mine),
        seconds=tuple(sorted(result.seconds for result in mine.values())),
    )


def _exercise(
    lesson: str, exercise: Exercise, verdicts: Mapping[str, Verdict], given: Mapping[str, Marks]
) -> ExerciseNumbers:
    every = {who: points_of(exercise.name, verdicts.get(who), marks) for who, marks in given.items()}
    points = {who: score for who, score in every.items() if score is not None}
    blank = {who for who in points if who in verdicts and verdicts[who].rung == "missing" and points[who] <= 0}
    solved = sum(score >= exercise.points for score in points.values())
    partly = sum(0 < score < exercise.points for score in points.values())
    return ExerciseNumbers(
        lesson=lesson,
        name=exercise.name,
        share=mean(score / exercise.points for score in points.values()) if points and exercise.points else 0.0,
        solved=solved,
        partly=partly,
        blank=len(blank),
        nothing=len(points) - solved - partly - len(blank),
        marked=len(points),
    )


def _misconceptions(
    lesson: str, exercise: str, verdicts: Mapping[str, Verdict], names: Mapping[str, str]
) -> list[Misconception]:
    by_rung: dict[str, list[str]] = {}
    for who, verdict in verdicts.items():
        if verdict.rung not in NO_MISCONCEPTION:
            by_rung.setdefault(verdict.rung, []).append(who)
    # The same rung may speak in several ways ("got (3, 4)"): the most frequent one stands for all.
    return [
        Misconception(
            lesson,
            exercise,
            rung,
            _most_frequent(plain(verdicts[who].message, 300) for who in stopped),
            tuple(sorted(names[who] for who in stopped)),
            len(verdicts),
        )
        for rung, stopped in by_rung.items()
    ]


def _most_frequent(texts: Iterable[str]) -> str:
    return min(Counter(texts).items(), key=lambda item: (-item[1], item[0]))[0]


def _unmarked(
    assignment: Assignment, mine: Mapping[str, Grade], totals: Mapping[str, Total], names: Mapping[str, str]
) -> list[Look]:
    """Exercises without a mark and without a reason: a reason that is forgotten must not hide them."""
    looks = []
    for who in mine:
        left = [exercise.name for exercise in assignment.exercises if exercise.name in totals[who].open]
        if left and not totals[who].look:
            looks.append(Look(names[who], assignment.lesson, f"no mark for {', '.join(left)}: mark by hand"))
    return looks
