"""Students and instructors of a hub, in a real browser: they log in, and use JupyterLab with nbgrader's menus."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tests.browser.lab import WAIT

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator, Page

READY = "async () => { const app = window.jupyterapp; await app.started; await app.restored; }"

# The shell reports each command's exit status in an escape sequence that a terminal does not show; the first report
# is that of the line which asks for it.
TERMINAL = r"""async ([command, seconds]) => {
  const manager = window.jupyterapp.serviceManager.terminals;
  const run = (terminal, line) => new Promise((done, fail) => {
    let said = "";
    const late = setTimeout(() => fail(new Error(`no end after ${seconds} s: ${line}\n${said}`)), 1000 * seconds);
    const hear = (_, message) => {
      if (message.type === "stdout") said += message.content[0];
      const end = said.match(/\x1b\]777;(\d+)\x07/);
      if (end === null) return;
      clearTimeout(late); terminal.messageReceived.disconnect(hear); done([Number(end[1]), said]);
    };
    terminal.messageReceived.connect(hear);
    terminal.send({type: "stdin", content: [line + "\r"]});
  });
  if (window.testTerminal === undefined) {
    window.testTerminal = await manager.startNew();
    await run(window.testTerminal, `PROMPT_COMMAND='printf "\\033]777;%d\\007" $?'; PS1='$ '; clear`);
  }
  return await run(window.testTerminal, command); }"""


class Person:
    """Somebody who has a browser window of their own, with nobody else's cookies."""

    def __init__(self, browser: Browser, hub: str, name: str, password: str) -> None:
        self.hub, self.name, self.password = hub, name, password
        self.context = browser.new_context(viewport={"width": 1280, "height": 900})
        self.page: Page = self.context.new_page()
        self.page.set_default_timeout(WAIT)
        self.errors: list[str] = []
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))

    def sign_in(self) -> None:
        """Fill in the hub's own form; the person's server begins to start."""
        self.page.goto(f"{self.hub}/hub/login")
        self.page.get_by_label("Username").fill(self.name)
        self.page.get_by_label("Password").fill(self.password)
        self.page.get_by_role("button", name="Sign in").click()

    def arrive(self) -> None:
        """Wait until JupyterLab is up."""
        self.page.wait_for_url(re.compile(rf"/user/{self.name}/lab"), timeout=3 * WAIT)
        self.page.locator("#jp-MainLogo").wait_for()
        self.page.evaluate(READY)

    def tab(self, path: str) -> Page:
        """Another page of the person's own server, in a tab of its own."""
        page = self.context.new_page()
        page.set_default_timeout(WAIT)
        page.goto(f"{self.hub}/user/{self.name}/{path}")
        return page

    def menu(self, name: str, entry: str) -> None:
        """Choose an entry of JupyterLab's menu bar: ``menu("Nbgrader", "Assignment List")``."""
        self._turn(name, visible=True).get_by_role("menuitem", name=entry, exact=True).click()

    def entries(self, name: str) -> list[str]:
        """What a menu of JupyterLab's menu bar offers."""
        said = self._turn(name, visible=True).locator(".lm-Menu-itemLabel").all_inner_texts()
        self._turn(name, visible=False)
        return [one for one in said if one]

    def _turn(self, name: str, *, visible: bool) -> Locator:
        """Open or close a menu: a click on its title turns it over, once the page is ready to notice."""
        menu = self.page.locator(".lm-MenuBar-menu")
        for _ in range(20):
            if menu.is_visible() == visible:
                return menu
            self.page.locator(".lm-MenuBar-item", has_text=name).click()
            self.page.wait_for_timeout(250)
        raise AssertionError(f"the menu {name} does not {'open' if visible else 'close'}")

    def assignments(self, kind: str) -> Locator:
        """The rows of nbgrader's assignment list: kind is "released", "fetched" or "submitted"."""
        return self.page.locator(f"#{kind}_assignments_list .list_item:not(.nested_list_item)")

    def press(self, kind: str, assignment: str, button: str) -> None:
        """Press a button in the row of an assignment."""
        row = self.assignments(kind).filter(has_text=assignment).first
        row.get_by_role("button", name=button, exact=True).click()

    def read(self, path: str) -> str:
        """A notebook or text in the person's home folder, as JSON, through the server's own interface."""
        return self.page.evaluate(
            """async (path) => {
              const file = await window.jupyterapp.serviceManager.contents.get(path); return JSON.stringify(file.content); }""",
            path,
        )

    def save(self, path: str, notebook: str) -> None:
        """Write a notebook into the person's home folder, through the server's own interface."""
        self.page.evaluate(
            """async ([path, text]) => { await window.jupyterapp.serviceManager.contents.save(
                 path, {type: "notebook", format: "json", content: JSON.parse(text)}); }""",
            [path, notebook],
        )

    def terminal(self, command: str, seconds: float = 180) -> tuple[int, str]:
        """Run one line in a terminal of JupyterLab; gives its exit status and what it printed."""
        status, said = self.page.evaluate(TERMINAL, [command, seconds])
        return status, said

    def show_terminal(self) -> None:
        """Open the terminal in which :meth:`terminal` types."""
        self.page.evaluate(
            """async () => { await window.jupyterapp.commands.execute("terminal:open", {name: window.testTerminal.name}); }"""
        )
        self.page.locator(".jp-Terminal").wait_for()

    def open_notebook(self, path: str) -> None:
        """Open a notebook and wait for its kernel."""
        self.page.evaluate(
            """async (path) => {
              const app = window.jupyterapp; await app.commands.execute("docmanager:open", {path, factory: "Notebook"});
              const nb = app.shell.currentWidget; await nb.context.ready; await nb.sessionContext.ready;
              await nb.sessionContext.session.kernel.info; }""",
            path,
        )

    def command(self, name: str) -> None:
        """Run a command of JupyterLab's own and wait until it is done."""
        self.page.evaluate("(name) => window.jupyterapp.commands.execute(name)", name)

    def close(self) -> None:
        self.context.close()
