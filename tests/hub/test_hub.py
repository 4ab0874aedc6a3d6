"""A round trip through a real JupyterHub, as docs/jupyterhub.md describes it: fetch, solve, submit, collect, mark, return.

The hub, its proxy, two users' servers, nbgrader's exchange and the browser are real; the hub's configuration is the
one in deploy/hub, in its trial mode.
"""

from pathlib import Path

import nbformat
import pytest

from tests.browser.lab import CHROMIUM, SCREENSHOTS
from tests.ganlab_grade.when import HUB
from tests.hub import course, server
from tests.hub.people import Person

pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.thorough(when=HUB),
    pytest.mark.skipif(not Path(CHROMIUM).exists(), reason=f"no browser: install Chromium (expected {CHROMIUM})"),
    pytest.mark.skipif(bool(server.missing()), reason=server.missing()),
    # Playwright's own event loop leaves sockets to the garbage collector at the end.
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning", "ignore::ResourceWarning"),
]
LESSON = course.LESSON
COLLECTED = f"ganlab-course/course/collected/alice/{LESSON}/{LESSON}.ipynb"


@pytest.fixture
def hub(tmp_path):
    """The hub's address; alice and a teacher may sign in, and the teacher's home has a course."""
    home = tmp_path / "home" / "teacher" / "ganlab-course"
    home.mkdir(parents=True)
    (home / "deploy").symlink_to(server.ROOT / "deploy")
    with course.course(home / "course") as made, server.jupyterhub(tmp_path, ["alice"], ["teacher"]) as address:
        yield made, address


@pytest.fixture
def people(hub, chromium):
    """Alice and her teacher, both signed in, each with a browser window of their own."""
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    both = [Person(chromium, hub[1], name, server.PASSWORD) for name in ("teacher", "alice")]
    for one in both:
        one.sign_in()  # the two servers start side by side
    for one in both:
        one.arrive()
    yield both
    for one in both:
        one.close()


def photograph(person: Person, name: str) -> None:
    person.page.screenshot(path=SCREENSHOTS / f"hub_{name}.png")


def types(teacher: Person, command: str, seconds: float = 180) -> str:
    """The teacher types a command, and it succeeds."""
    status, said = teacher.terminal(command, seconds)
    assert status == 0, f"{command}\n{said}"
    return said


def test_round_trip(hub, people, tmp_path):
    teacher, alice = people
    page = alice.page

    # nbgrader's menu has what works on a hub, and no grading tools
    assert alice.entries("Nbgrader") == ["Assignment List"]

    # hand out, fetch
    said, _ = hub[0].communicate(timeout=120)
    assert hub[0].returncode == 0, said
    types(teacher, "cd ~/ganlab-course")
    types(teacher, f"nbgrader release_assignment {LESSON}")
    alice.menu("Nbgrader", "Assignment List")
    alice.assignments("released").filter(has_text=LESSON).wait_for()
    photograph(alice, "1_released")
    alice.press("released", LESSON, "Fetch")
    alice.assignments("fetched").filter(has_text=LESSON).wait_for()

    # solve, and check it herself
    path = f"{LESSON}/{LESSON}.ipynb"
    alice.save(path, course.solve(alice.read(path)))
    alice.open_notebook(path)
    alice.command("notebook:run-all-cells")
    passed = page.locator(".jp-OutputArea-output", has_text=f"✓ {course.EXERCISE}")
    passed.or_(page.locator("[data-mime-type='application/vnd.jupyter.stderr']")).first.wait_for()
    assert passed.count() == 1, page.locator(".jp-Notebook").inner_text()
    passed.scroll_into_view_if_needed()
    photograph(alice, "2_solved")
    alice.command("docmanager:save")
    sent = nbformat.reads(alice.read(path), as_version=4)

    # submit
    alice.menu("Nbgrader", "Assignment List")
    alice.press("fetched", LESSON, "Submit")
    alice.assignments("submitted").filter(has_text=LESSON).wait_for()
    photograph(alice, "3_submitted")

    # collect: exactly what she sent
    said = types(teacher, f"nbgrader collect {LESSON}")
    assert "Collecting submission: alice" in said
    assert "cheating" not in said
    assert nbformat.read(tmp_path / "home" / "teacher" / COLLECTED, as_version=4).cells == sent.cells

    # mark: the exercise by program; one of the written questions by hand, beside a hostile answer that does nothing
    types(teacher, course.grade_command())
    grader = teacher.tab("formgrader")
    steps = {
        "gradebook": "Manual Grading",
        f"gradebook/{LESSON}": LESSON,
        f"gradebook/{LESSON}/{LESSON}": LESSON,
        "submissions/*/": "Submission #1",
    }
    for path, link in steps.items():
        grader.get_by_role("link", name=link, exact=True).click()
        grader.wait_for_url(f"**/formgrader/{path}")
    grader.get_by_text("<script>").first.wait_for()
    grader.locator("input.score#question-1").fill("4")
    grader.locator("textarea#question-1-comment").fill("Say why, too.")
    with grader.expect_response("**/api/comment/*"):
        grader.locator("textarea#question-1-comment").blur()
    grader.locator("#question-1").scroll_into_view_if_needed()
    grader.screenshot(path=SCREENSHOTS / "hub_4_formgrader.png")
    assert grader.title() == LESSON

    # mark again, with what was entered; return
    types(teacher, course.grade_command())
    said = types(teacher, f"python deploy/hub/return_feedback.py {LESSON}")
    assert f"returned 1 feedback page of {LESSON}" in said
    teacher.show_terminal()
    photograph(teacher, "5_marked")

    # fetch and read the feedback
    alice.press("submitted", LESSON, "Fetch Feedback")
    page.get_by_text("(view feedback)").wait_for()
    photograph(alice, "6_feedback_fetched")
    page.get_by_text("(view feedback)").click()
    page.locator(".jp-DirListing-item", has_text=f"{LESSON}.html").dblclick()
    feedback = page.frame_locator(".jp-HTMLViewer iframe").locator("body")
    feedback.get_by_text("Feedback for alice").wait_for()
    photograph(alice, "7_feedback")
    page_says = " ".join(feedback.inner_text().split())
    assert f"{course.EXERCISE} Solved" in page_says
    assert "Say why, too." in page_says
    assert "So far 9 of 18 points" in page_says

    assert alice.errors == []
    assert teacher.errors == []
