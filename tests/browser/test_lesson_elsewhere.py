"""The first lesson in Notebook 7 and as a page of Voila: it runs, and its sliders reach the kernel there, too."""

import sys
from pathlib import Path

import pytest
from jupyter_client import BlockingKernelClient

from tests.browser.lab import CHROMIUM, SCREENSHOTS, assert_clean, free_port, jupyterlab, serving
from tests.browser.lessons import DESKTOP, PHONE, ROOT, Lesson, open_lesson, put
from tests.browser.playing import FACE, sliders

pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
pytestmark = [
    pytest.mark.browser,
    # The same lesson and sliders as in JupyterLab, in two other applications.
    pytest.mark.thorough(when=["lessons/00_start_here.py", "constraints.txt", "deploy/voila/*", "tests/browser/*"]),
    pytest.mark.skipif(not Path(CHROMIUM).exists(), reason=f"no browser: install Chromium (expected {CHROMIUM})"),
    # Playwright's own event loop leaves sockets to the garbage collector at the end.
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning", "ignore::ResourceWarning"),
]
NAME = "00_start_here"


# Notebook 7.6 says this by itself, of any notebook, as it starts.
OF_NOTEBOOK_7 = "Cannot read properties of undefined (reading 'schema')"


def in_both_widths(lesson, place):
    face = lesson.page.locator(FACE)
    lesson.to_middle(face)
    sliders(lesson)
    lesson.shoot(f"lesson-00-{place}", face)
    lesson.page.set_viewport_size(PHONE)
    lesson.shoot(f"lesson-00-{place}-phone", face)
    assert_clean(lesson)


def test_in_notebook_7(chromium, tmp_path):
    pytest.importorskip("notebook", reason="Notebook 7 is not installed")
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    with (
        jupyterlab(tmp_path, notebook7=True) as (address, token),
        open_lesson((tmp_path, chromium, address, token), NAME, "notebooks") as lesson,
    ):
        lesson.run_all()
        assert lesson.failed() == []
        lesson.errors = [said for said in lesson.errors if said != OF_NOTEBOOK_7]
        in_both_widths(lesson, "notebook")


class VoilaPage(Lesson):
    """A notebook served by Voila: it has no way to run code, so the kernel is asked past the page."""

    def __init__(self, *arguments, runtime: Path) -> None:
        super().__init__(*arguments)
        self.runtime = runtime

    def ask(self, code: str) -> str:
        """Run code in the one kernel that the server has started, and return what it prints."""
        (connection,) = self.runtime.rglob("kernel-*.json")
        client, said = BlockingKernelClient(connection_file=str(connection)), []
        client.load_connection_file()
        client.start_channels()
        try:
            client.wait_for_ready(timeout=60)
            client.execute_interactive(
                code, store_history=False, timeout=60, output_hook=lambda m: said.append(m["content"].get("text", ""))
            )
        finally:
            client.stop_channels()
        return "".join(said).strip()


def test_in_voila(chromium, tmp_path, monkeypatch):
    pytest.importorskip("voila", reason="Voila is not installed")
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    path, port = put(NAME, tmp_path), free_port()
    address, runtime = f"http://127.0.0.1:{port}", tmp_path / "runtime"
    runtime.mkdir()
    command = [
        sys.executable,
        "-m",
        "voila",
        str(path),
        "--no-browser",
        f"--port={port}",
        "--Voila.ip=127.0.0.1",
        "--template=course",
        f"--Voila.connection_dir_root={runtime}",
        # Only what draws widgets: other extensions of JupyterLab expect JupyterLab around them.
        "--VoilaConfiguration.extension_allowlist=@jupyter-widgets/jupyterlab-manager",
        "--VoilaConfiguration.extension_allowlist=anywidget",
        "--VoilaConfiguration.extension_allowlist=@voila-dashboards/widgets-manager8",
    ]
    monkeypatch.setenv("JUPYTER_PATH", str(ROOT / "deploy"))
    # the lesson itself starts a kernel for everyone who asks for it: so the server is asked for something else
    with serving(tmp_path, command, f"{address}/voila/nothing"):
        page = VoilaPage(chromium.new_page(viewport=DESKTOP), address, "", runtime=runtime)
        try:
            page.prepare()
            page.page.goto(address)
            page.page.locator(FACE).wait_for(timeout=60_000)
            page.page.get_by_text("Array programming with NumPy").wait_for()  # what comes last in the lesson is there
            assert page.page.locator(".jp-RenderedText[data-mime-type='application/vnd.jupyter.stderr']").count() == 0
            in_both_widths(page, "voila")
        finally:
            page.page.close()
