"""The made-up class: its expected marks are right, its answers stand on their own, its folders are read as meant."""

import json
import random

import nbformat
import pytest

from ganlab.checks.attempt import MISSING
from ganlab_grade.course import Assignment, to_json
from ganlab_grade.examine import ladder_of
from ganlab_grade.intake import find_submissions
from ganlab_grade.precheck import prepare
from tests.ganlab_grade.classroom.answers import read_answers, share
from tests.ganlab_grade.classroom.make_class import main
from tests.ganlab_grade.classroom.maker import Covered, LessonMaker, kinds, make_class, names, solution_cells
from tests.ganlab_grade.classroom.styles import STYLES, write_answer
from tests.ganlab_grade.small_course import LESSON, small_assignment, solved_notebook
from tests.ganlab_grade.when import CLASSROOM

SOLUTIONS = {LESSON: {cell.id: cell.source for cell in solved_notebook().cells}}


def small_class(students: int = 40) -> tuple[list, Covered]:
    handed, covered = make_class({LESSON: small_assignment()}, SOLUTIONS, students=students)
    return list(handed), covered[LESSON]


def in_this_process(data: bytes, assignment: Assignment) -> dict[str, tuple[str, float]]:
    """Mark a harmless notebook the simple way: run its cells here, hand what they define to the ladders."""
    notebook = prepare(data, assignment).notebook
    checks = {one.check_cell: one for one in assignment.exercises}
    namespace: dict = {"__name__": "__main__"}
    found = {}
    for cell in notebook.cells:
        if cell.id in checks:
            one = checks[cell.id]
            result = ladder_of(one.check).grade(namespace.get(one.name, ...))
            found[one.name] = result.rung, round(one.points * share(result), 2)
        elif cell.cell_type == "code":
            exec(cell.source, namespace)
    return found


def test_every_notebook_of_a_class_is_worth_what_is_expected_of_it():
    handed, _ = small_class()
    assert len(handed) == 40
    for one in handed:
        found = in_this_process(one.data, small_assignment())
        assert found == {name: (mark.rung, mark.points) for name, mark in one.marks.items()}, one.student
        assert prepare(one.data, small_assignment()).written == one.written, one.student


def test_a_class_of_forty_makes_every_mistake_of_the_small_course():
    _, covered = small_class()
    for one in small_assignment().exercises:
        answers = read_answers(one.check, one.name)
        assert covered.wrong[one.name] == set(range(len(answers.wrong))), one.name


def test_a_small_class_makes_the_mistakes_that_have_a_rung_of_their_own_first():
    _, covered = small_class(12)
    few = kinds(12).count("misconceptions")
    for one in small_assignment().exercises:
        answers = read_answers(one.check, one.name)
        rungs = {answer.rung for answer in answers.wrong if answer.number in covered.wrong[one.name]}
        assert len(rungs) == min(few, len({answer.rung for answer in answers.wrong})), one.name


@pytest.mark.parametrize("count", [1, 4, 8, 40, 300])
def test_a_class_of_any_size(count):
    assert len(kinds(count)) == len(set(names(count))) == count
    assert all(one.replace("-", "").isascii() for one, _ in names(count))


@pytest.mark.parametrize("style", STYLES)
def test_an_answer_means_the_same_in_every_style(style):
    assignment = small_assignment()
    exercise = assignment.exercises[0]
    for answer in [
        *read_answers(exercise.check, exercise.name).right,
        *read_answers(exercise.check, exercise.name).wrong,
    ]:
        notebook = nbformat.reads(assignment.release, as_version=4)
        write_answer(notebook, exercise.answer_cell, answer, style)
        found = in_this_process(nbformat.writes(notebook).encode(), assignment)
        assert found[exercise.name][0] == answer.rung, answer.source


@pytest.mark.parametrize("check", ["lesson_00.to_pixels", "lesson_01.update_discriminator", "lesson_04.reach"])
def test_the_text_of_an_answer_is_the_answer_of_the_bank(check):
    """Run on its own, in an empty namespace, and under another name than the bank's."""
    ladder = ladder_of(check)
    answers = read_answers(check, "mine", frozenset({"reach_solution"}))
    assert len(answers.right) >= 3
    assert len(answers.wrong) >= 5
    for one in (*answers.right, *answers.wrong):
        for word in ("ganlab.checks", ".checks", "tests.", "Bank("):
            assert word not in one.before + one.source
        namespace: dict = {"__name__": "notebook"}
        exec(one.before, namespace)
        exec(one.source, namespace)
        assert "reach_solution" not in namespace  # a name that is taken
        result = ladder.grade(namespace["mine"])
        assert (result.rung, share(result)) == (one.rung, one.share), one.source


def test_the_solution_is_what_stands_between_the_markers():
    notebook = solved_notebook()
    exercise = small_assignment().exercises[0]
    cell = next(cell for cell in notebook.cells if cell.id == exercise.answer_cell)
    whole, (head, *body) = cell.source, cell.source.splitlines()
    cell.source = "\n".join([head, "    ### BEGIN SOLUTION", *body, "    ### END SOLUTION"])
    assert solution_cells(notebook, [exercise]) == {exercise.answer_cell: whole}


def test_a_blank_notebook_is_as_it_was_handed_out():
    maker = LessonMaker(small_assignment(), SOLUTIONS[LESSON], Covered(), random.Random(0), 1)
    handed = maker.handed("ada", "Ada", "blank", 0)
    assert nbformat.reads(handed.data.decode(), as_version=4) == nbformat.reads(
        small_assignment().release, as_version=4
    )
    assert {one.rung for one in handed.marks.values()} == {"missing"}
    assert MISSING  # the rung's own sentence, which a stub gets


@pytest.mark.parametrize(
    "form",
    ["moodle", *(pytest.param(form, marks=pytest.mark.thorough(when=CLASSROOM)) for form in ("folders", "canvas"))],
)
def test_the_folders_are_read_as_they_were_meant(form, tmp_path, capsys):
    course, out = tmp_path / "course", tmp_path / "out"
    (course / "manifest").mkdir(parents=True)
    (course / "manifest" / f"{LESSON}.json").write_text(to_json(small_assignment()))
    (course / "source" / LESSON).mkdir(parents=True)
    (course / "source" / LESSON / f"{LESSON}.ipynb").write_text(nbformat.writes(solved_notebook()))
    arguments = ["--course", str(course), "--out", str(out), "--students", "9", "--form", form, "--hostile"]
    assert main(arguments) == 0
    table = json.loads((out / "expected.json").read_text())["submissions"]
    (out / "expected.json").unlink()
    found = find_submissions(out, [LESSON])
    assert not found.problems
    assert {one.student for one in found.submissions} == {one["student"] for one in table}
    assert {one.lesson for one in found.submissions} == {LESSON}
    assert len({one.student for one in found.submissions}) == len(table) == len(found.submissions)
    assert main(arguments) == 1
    assert "expected a new or empty folder" in capsys.readouterr().out
