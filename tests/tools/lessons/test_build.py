"""The build as a whole: what is kept, what is executed again, what is refused, and what never leaks."""

import json

import nbformat
import pytest

from tests.tools.lessons.tiny_course import FIXTURE, write_lesson
from tools.lessons import BuildError
from tools.lessons import build as build_lessons
from tools.lessons.execute import execute
from tools.lessons.notebook import assemble, carry_outputs, leaks, out_of_date, read
from tools.lessons.source import project_values, read_lesson

EXERCISE = '# %% tags=["exercise"]\ndef f(x):\n'
CHECK = '# %% tags=["check"]\nprint(1)\n'
B, E = "    ### BEGIN SOLUTION\n", "    ### END SOLUTION\n"


def test_build_from_nothing_then_nothing_to_do_then_only_what_changed(course, capsys):
    """One real execution, and everything that follows from it."""
    run = ["--root", str(course), "--only", "00"]
    assert build_lessons.main(run) == 0
    said = capsys.readouterr().out
    assert "00_tiny: executed in profile cpu" in said
    assert "look at this" in said, "a warning on stderr is dropped from the notebook and reported"
    path = course / "notebooks" / "00_tiny.ipynb"
    first = path.read_text()
    notebook, solution = read(path), read(course / "solutions" / "00_tiny.ipynb")
    nbformat.validate(notebook)
    nbformat.validate(solution)

    outputs = {cell["source"]: cell["outputs"] for cell in notebook["cells"] if cell["cell_type"] == "code"}
    noisy = next(value for source, value in outputs.items() if "tqdm" in source)
    assert [output["text"] for output in noisy] == ["step 3\ncpu <object object at 0x…>\n"]
    widget = next(value for source, value in outputs.items() if "IntSlider" in source)
    assert [output["data"]["text/html"] for output in widget] == ["<b>kept</b>"]
    assert outputs["6 * 7"][0]["data"] == {"text/plain": "42"}
    assert "widgets" not in notebook["metadata"]
    assert "widget" not in json.dumps(list(outputs.values()))
    assert notebook["metadata"]["kernelspec"]["name"] == "python3"
    assert set(notebook["metadata"]) == {"kernelspec", "language_info", "ganlab"}
    assert not any("execution" in cell["metadata"] for cell in notebook["cells"])
    counts = [cell["execution_count"] for cell in notebook["cells"] if cell["cell_type"] == "code"]
    assert counts == list(range(1, len(counts) + 1))
    ids = [cell["id"] for cell in notebook["cells"]]
    assert len(set(ids)) == len(ids)
    assert ids == [cell["id"] for cell in solution["cells"]]

    # What a learner must not see is in the solutions, which have no outputs, and nowhere else.
    for secret in ("secret_factor", "hidden_from_learners", "20 + 20 + 2", "SOLUTION", "HIDDEN TESTS"):
        assert secret not in first
    solved_text = (course / "solutions" / "00_tiny.ipynb").read_text()
    assert "secret_factor" in solved_text
    assert "hidden_from_learners" in solved_text
    assert "20 + 20 + 2" in solved_text
    assert "### " not in solved_text
    assert not any(cell.get("outputs") or cell.get("execution_count") for cell in solution["cells"])
    assert "colab.research.google.com/github/someone/course/blob/trunk/notebooks/00_tiny.ipynb" in first
    assert "colab.research.google.com/github/someone/course/blob/trunk/solutions/00_tiny.ipynb" in solved_text
    assert '%pip install -q \\"ganlab @ git+https://github.com/someone/course@trunk\\"' in first

    assert build_lessons.main([*run, "--check"]) == 0
    assert build_lessons.main(run) == 0
    assert "00_tiny: up to date" in capsys.readouterr().out
    assert path.read_text() == first, "the same bytes again"

    # Prose and comments cost nothing and keep the outputs; code is noticed.
    lesson = course / "lessons" / "00_tiny.py"
    lesson.write_text(lesson.read_text().replace("The end.", "Fin.").replace("6 * 7", "6 * 7  # why not"))
    assert build_lessons.main([*run, "--check"]) == 1
    assert "notebooks/00_tiny.ipynb does not have the text" in capsys.readouterr().out
    assert build_lessons.main(run) == 0
    assert "up to date" in capsys.readouterr().out
    changed = read(path)
    assert changed["cells"][-1]["source"] == "Fin."
    assert sum(bool(cell.get("outputs")) for cell in changed["cells"]) == sum(bool(v) for v in outputs.values())

    lesson.write_text(lesson.read_text().replace("6 * 7", "7 * 6"))
    assert build_lessons.main([*run, "--check"]) == 1
    assert build_lessons.main([*run, "--no-execute"]) == 0
    assert "not executed" in capsys.readouterr().out
    assert build_lessons.main([*run, "--check"]) == 1
    said = capsys.readouterr().out
    assert "outputs of older code" in said
    assert "does not have" not in said


def test_smoke_outputs_are_not_for_keeping(course, capsys):
    write_lesson(course, "# %%\nimport os\n\nprint(os.environ['GANLAB_PROFILE'], os.getcwd())\n")
    assert build_lessons.main(["--root", str(course), "--profile", "smoke"]) == 0
    text = (course / "notebooks" / "00_tiny.ipynb").read_text()
    assert "smoke ganlab-course/notebooks" in text, "run in notebooks/, and no path of this machine is kept"
    assert str(course) not in text
    assert build_lessons.main(["--root", str(course), "--check"]) == 1
    assert "outputs of the profile 'smoke'" in capsys.readouterr().out


def test_a_cell_that_raises_fails_the_build_with_its_line(course, capsys):
    path = write_lesson(course, "# %%\nx = 1\n\n# %%\n# a comment\n1 / 0\n")
    assert build_lessons.main(["--root", str(course)]) == 1
    line = path.read_text().split("\n").index("# a comment")  # that of the `# %%` above it, counted from 1
    assert f"lessons/00_tiny.py:{line}: this cell stops with ZeroDivisionError" in capsys.readouterr().out
    assert not (course / "notebooks" / "00_tiny.ipynb").exists()


def test_a_cell_that_hangs_and_an_image_too_big_fail_the_build(course):
    lesson = read_lesson(write_lesson(course, "# %%\nimport time\n\ntime.sleep(30)\n"))
    notebook = assemble(lesson, project_values(course), solutions=False)
    with pytest.raises(BuildError, match="takes longer than 1 seconds"):
        execute(lesson, notebook, root=course, profile="smoke", timeout=1)
    body = "# %%\nfrom IPython.display import display\n\ndisplay({'image/png': 'A' * 700_000}, raw=True)\n"
    lesson = read_lesson(write_lesson(course, body))
    notebook = assemble(lesson, project_values(course), solutions=False)
    with pytest.raises(BuildError, match="an image of 525,000 bytes"):
        execute(lesson, notebook, root=course, profile="smoke", timeout=60)


def test_a_solution_that_would_show_up_elsewhere_stops_the_build(course, capsys):
    body = "# %%\nprint('return ' + 'x + 1234567')\n"
    body += EXERCISE + B + "    return x + 1234567\n" + E + CHECK
    write_lesson(course, body)
    assert build_lessons.main(["--root", str(course)]) == 1
    assert "would show this line of a solution: 'return x + 1234567'" in capsys.readouterr().out
    assert not (course / "notebooks" / "00_tiny.ipynb").exists()


@pytest.mark.parametrize("place", ["output", "metadata", "attachment", "quoted"])
def test_leaks_are_found_wherever_they_are(course, place):
    text = FIXTURE.read_text().replace("return secret_factor * x", 'return secret_factor * x + len("q")')
    lesson = read_lesson(write_lesson(course, text, head=""))
    notebook = assemble(lesson, project_values(course), solutions=False)
    assert leaks(lesson, json.dumps(notebook)) == []
    secret = 'return secret_factor * x + len("q")'
    if place == "output":
        notebook["cells"][3]["outputs"] = [{"output_type": "stream", "name": "stdout", "text": f"1 |  {secret}"}]
    elif place == "metadata":
        notebook["metadata"]["note"] = secret
    elif place == "attachment":
        notebook["cells"][0]["attachments"] = {"a.txt": {"text/plain": secret}}
    else:
        notebook["cells"][0]["source"] += f"\n{secret}"
    assert leaks(lesson, json.dumps(notebook)) == [secret]


def test_check_names_everything_that_is_missing_or_left_over(course, capsys):
    assert build_lessons.main(["--root", str(course), "--check"]) == 1
    said = capsys.readouterr().out
    assert "notebooks/00_tiny.ipynb does not exist" in said
    assert "solutions/00_tiny.ipynb does not exist" in said
    assert not (course / "notebooks").exists(), "--check changes nothing"
    assert build_lessons.main(["--root", str(course), "--no-execute"]) == 0
    for folder in ("notebooks", "solutions"):
        (course / folder / "07_gone.ipynb").write_text("{}")
    solution = course / "solutions" / "00_tiny.ipynb"
    solution.write_text(solution.read_text().replace('"outputs": []', '"outputs": [{"output_type": "stream", "name": '
                                                     '"stdout", "text": "x"}]', 1))  # fmt: skip
    notebook = course / "notebooks" / "00_tiny.ipynb"
    notebook.write_text(notebook.read_text() + " " * 1_500_000)
    capsys.readouterr()
    assert build_lessons.main(["--root", str(course), "--check"]) == 1
    said = capsys.readouterr().out
    assert "notebooks/07_gone.ipynb has no lesson" in said
    assert "solutions/07_gone.ipynb has no lesson" in said
    assert "solutions/00_tiny.ipynb has outputs" in said
    assert "more than 1,500,000" in said
    assert "outputs of the profile None" in said
    assert build_lessons.main(["--root", str(course), "--only", "77"]) == 1
    assert "no lesson in lessons/ is called 77" in capsys.readouterr().out


def test_a_notebook_that_cannot_be_read_is_made_again(course):
    (course / "notebooks").mkdir()
    (course / "notebooks" / "00_tiny.ipynb").write_text("{ not json")
    lesson = read_lesson(course / "lessons" / "00_tiny.py")
    assert any("does not exist" in line for line in out_of_date(lesson, project_values(course), course))
    assert build_lessons.main(["--root", str(course), "--no-execute"]) == 0


def test_cell_ids_depend_on_the_cell_alone(course):
    before = read_lesson(write_lesson(course, "# %%\nx = 1\n\n# %%\nx = 1\n"))
    after = read_lesson(write_lesson(course, "# %%\ny = 2\n\n# %%\nx = 1\n\n# %%\nx = 1\n"))
    ids = [cell.id for cell in before.cells]
    assert len(set(ids)) == len(ids), "equal cells have different ids"
    assert set(ids) < {cell.id for cell in after.cells}, "inserting a cell renames no other"


def test_outputs_are_carried_by_code_in_order(course):
    lesson = read_lesson(write_lesson(course, "# %%\nx = 1\n\n# %%\nx = 1\n\n# %%\nx = 2\n"))
    values = project_values(course)
    old, new = assemble(lesson, values, solutions=False), assemble(lesson, values, solutions=False)
    for number, cell in enumerate(old["cells"][-3:]):
        cell["outputs"] = [nbformat.v4.new_output("stream", text=str(number))]
    carry_outputs(new, old)
    assert [cell["outputs"][0]["text"] for cell in new["cells"][-3:]] == ["0", "1", "2"]
    carry_outputs(new, None)


def test_remarks_for_our_tools_are_not_shown_to_learners(course):
    body = "# %%\nx = [1,2]  # fmt: skip\ny = 'z  # noqa'  # noqa: E501\nz = 1  # a noqa remark stays\n"
    cell = read_lesson(write_lesson(course, body)).cells[-1]
    assert cell.unsolved == "x = [1,2]\ny = 'z  # noqa'\nz = 1  # a noqa remark stays"
