"""One JupyterLab and one Chromium for all browser tests, and notebooks opened in them."""

import pytest

from tests.browser.lab import SCREENSHOTS, WAIT, Page, jupyterlab, notebook


@pytest.fixture(scope="session")
def lab(tmp_path_factory, chromium):
    """Folder that is served, the browser, the address and the token."""
    folder = tmp_path_factory.mktemp("lab")
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    with jupyterlab(folder) as (address, token):
        yield folder, chromium, address, token


@pytest.fixture
def open_notebook(lab):
    """``open_notebook(name, *sources, widget=".class")``: write it, open it, run it, wait for its widget."""
    from playwright import sync_api

    folder, browser, address, token = lab
    pages = []

    def start(name, *sources, widget, width=1280, height=1000):
        notebook(folder / name, *sources)
        page = Page(browser.new_page(viewport={"width": width, "height": height}), address, token)
        pages.append(page)
        page.open(name)
        page.command("notebook:run-all-cells")
        try:
            page.page.locator(widget).wait_for(timeout=WAIT)
        except sync_api.TimeoutError:
            said = page.page.locator(".jp-Notebook").inner_text()
            pytest.fail(f"no widget; the notebook says:\n{said}\n{page.errors}")
        return page

    yield start
    for page in pages:
        page.page.close()
