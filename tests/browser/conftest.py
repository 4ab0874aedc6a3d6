"""One JupyterLab and one Chromium for all browser tests, and notebooks opened in them."""

import pytest

from browser.lab import CHROMIUM, SCREENSHOTS, WAIT, Page, jupyterlab, notebook


@pytest.fixture(scope="session")
def lab(tmp_path_factory):
    """Folder that is served, the browser, the address and the token."""
    from playwright import sync_api

    folder = tmp_path_factory.mktemp("lab")
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    with jupyterlab(folder) as (address, token), sync_api.sync_playwright() as play:
        arguments = ["--no-sandbox", "--disable-dev-shm-usage", "--disable-background-networking", "--no-first-run"]
        browser = play.chromium.launch(executable_path=CHROMIUM, headless=True, args=arguments)
        yield folder, browser, address, token
        browser.close()


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
