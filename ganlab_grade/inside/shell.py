"""Runs a notebook's cells, and passes over what belongs to somebody else's computer: it must cost nobody marks.

People's answers stand below ``%pip install``, ``import pandas``, ``drive.mount(...)``, ``name = input()`` and
``torch.zeros(1).cuda()``. Where such a statement stops, it is left out, and so is what needs the names it would have
made; the cell goes on below. What was left out is noted, for a person to read where an answer did not pass.
"""

from __future__ import annotations

import ast
import builtins
import contextlib
import re
from collections.abc import Iterator
from typing import Any

from IPython.core.error import StdinNotImplementedError, UsageError
from IPython.core.interactiveshell import InteractiveShell

# Cells in other languages, or for the page: there is nothing in them to run.
FOREIGN = frozenset(
    {
        "bash", "cmd", "html", "HTML", "javascript", "js", "Javascript", "latex", "markdown", "perl", "pypy", "ruby",
        "script", "sh", "svg", "SVG", "system", "sx", "!", "writefile", "file", "R", "sql", "cython",
    }
)  # fmt: skip
DEVICES = re.compile(r"\b(?:cuda|nvidia|mps|hip|xpu|gpu|cudnn|tpu)\b", re.IGNORECASE)
MAGIC = re.compile(r"\s*(?:%%?\w|!|\?)|.*[\w)\]]\?{1,2}\s*$")
LONGEST_NOTE = 160
MOST_NOTES = 20
# What they are called in what IPython makes of a cell.
MAGICS = frozenset({"run_line_magic", "run_cell_magic", "system", "getoutput"})


def environment(error: BaseException | None, gone: frozenset[str] | set[str] = frozenset()) -> str:
    """Why an error says nothing about an answer: what was missing here; "" if it is the code's own.

    ``gone`` are the names that statements which were left out would have made.
    """
    try:
        what = _reason(error, gone)
    except BaseException:  # an exception whose text or name raises is nobody's environment
        return ""
    return " ".join(what.split())[:LONGEST_NOTE]


def _reason(error: BaseException | None, gone: frozenset[str] | set[str]) -> str:
    text = str(error)
    match error:
        case ImportError():
            name = str(error.name or "")
            return (
                "" if name.partition(".")[0] in ("ganlab", "ganlab_grade") else f"it imports what is not here: {text}"
            )
        case EOFError() | StdinNotImplementedError():
            return "it asks for input, and nobody is here to give it"
        case UsageError():
            return f"it uses a magic that is not here: {text}"
        case NameError() if error.name in gone:
            return f"it needs `{error.name}`, which was left out"
        case OSError():
            return f"it needs a file, a program or a network that is not here: {text}"
        case AssertionError() | RuntimeError() | ValueError() if DEVICES.search(text) and "torch" in _origin(error):
            return f"it needs a device that is not here: {text}"
    return ""


def _origin(error: BaseException) -> str:
    """ "torch" if an error comes from there."""
    trace, found = error.__traceback__, ""
    while trace is not None:
        found, trace = trace.tb_frame.f_code.co_filename, trace.tb_next
    # PyTorch's own errors come from its compiled part, with no frame of Python: the last one is a cell's.
    return "torch" if "torch" in found or isinstance(error, RuntimeError) else ""


class Shell(InteractiveShell):
    """IPython without a terminal: magics, ``display`` and ``get_ipython`` as in a notebook, nothing kept on disk.

    Attributes
    ----------
    left_out : list of str
        What was left out of the last cell, and why; a sentence each.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[no-untyped-call]
        self.left_out: list[str] = []
        # Names that statements which were left out would have made, and those that hold a command's output, of which
        # there is none.
        self.gone: set[str] = set()
        self.hollow: set[str] = set()

    @contextlib.contextmanager
    def _tee(self, channel: str) -> Iterator[None]:
        """No copy of what is printed, for a history that nobody reads: endless output would fill the memory."""
        yield

    def enable_gui(self, gui: str | None = None) -> None:
        """Nothing: `%matplotlib inline` is a line of many notebooks, and there is no window here."""

    def system(self, cmd: str) -> None:
        """Nothing: `!pip install` and `%pip` stand above many an answer, and there is no second process here."""

    def getoutput(self, cmd: str, split: bool = True, depth: int = 0) -> Any:
        """No lines: see ``system``."""
        return [] if split else ""

    def run_cell_magic(self, magic_name: str, line: str, cell: str) -> Any:
        """A cell below a magic that is not here runs without it; what is in another language does not run."""
        if magic_name in FOREIGN:
            return None
        if self.find_cell_magic(magic_name) is None:  # type: ignore[no-untyped-call]
            self._note(f"`%%{magic_name}`: it uses a magic that is not here")
            _raise(self.run_cell(cell, store_history=False))  # type: ignore[no-untyped-call]
            return None
        return super().run_cell_magic(magic_name, line, cell)  # type: ignore[no-untyped-call]

    async def run_ast_nodes(
        self, nodelist: list[ast.stmt], cell_name: str, interactivity: str = "last_expr", compiler: Any = compile,
        result: Any = None,
    ) -> bool:  # fmt: skip
        """Run statements one by one; where one needs what is not here, go on behind it."""
        for place, node in enumerate(nodelist):
            last = interactivity if place == len(nodelist) - 1 else "none"
            if _is_magic(node):
                self.hollow |= _bound(node)
            if not await super().run_ast_nodes([node], cell_name, last, compiler, result):
                continue
            error = None if result is None else result.error_in_exec
            why = environment(error, self.gone)
            if not why and error is not None and _is_magic(node):
                why = "it uses a magic that does not work here"
            if not why and isinstance(error, Exception) and not self.hollow.isdisjoint(_read(node)):
                why = "it reads the output of a command, which did not run here"
            if not why:
                return True
            result.error_in_exec = None
            plain = _undecorated(node)
            if plain is not None and not await super().run_ast_nodes([plain], cell_name, "none", compiler, result):
                self._note(f"what stands around `{node.name}`: {why}")  # type: ignore[attr-defined]
                continue
            result.error_in_exec = None
            self.gone |= _bound(node) - self.user_ns.keys() - vars(builtins).keys()
            self._note(f"line {node.lineno}: {why}")
        return False

    def _note(self, what: str) -> None:
        if len(self.left_out) < MOST_NOTES:
            self.left_out.append(what[: 2 * LONGEST_NOTE])


def new_shell() -> Shell:
    """The one shell of this process."""
    from traitlets.config import Config

    config = Config()
    config.HistoryManager.enabled = False
    config.InteractiveShell.colors = "NoColor"
    shell = Shell.instance(config=config)
    shell.user_ns["__name__"] = "__main__"
    return shell


def run_cell(shell: Shell, source: str) -> BaseException | None:
    """Run a cell; return what stopped it. ``shell.left_out`` then says what was left out."""
    shell.left_out = []
    try:
        result = shell.run_cell(source, store_history=False)  # type: ignore[no-untyped-call]
        if isinstance(result.error_before_exec, SyntaxError) and (other := without_magics(shell, source)) is not None:
            shell._note("lines that begin like magics, in a place where they are none")
            result = shell.run_cell(other, store_history=False)  # type: ignore[no-untyped-call]
    except BaseException as error:
        return error
    stopped: BaseException | None = result.error_before_exec or result.error_in_exec
    return stopped


def without_magics(shell: Shell, source: str) -> str | None:
    """The source without lines that look like magics, if it is Python then: `%%time` below a remark is none."""
    lines = source.splitlines()
    kept = ["" if MAGIC.match(line[:300]) else line for line in lines]
    if kept == lines:
        return None
    try:
        ast.parse(shell.transform_cell("\n".join(kept)))  # type: ignore[no-untyped-call]
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    return "\n".join(kept)


def _raise(result: Any) -> None:
    error = result.error_before_exec or result.error_in_exec
    if error is not None:
        raise error


def _is_magic(node: ast.stmt) -> bool:
    """Whether a statement is nothing but a magic or a shell command, assigned or not."""
    value = node.value if isinstance(node, ast.Expr | ast.Assign) else None
    called = value.func if isinstance(value, ast.Call) else None
    return (
        isinstance(called, ast.Attribute)
        and called.attr in MAGICS
        and isinstance(called.value, ast.Call)
        and isinstance(called.value.func, ast.Name)
        and called.value.func.id == "get_ipython"
    )


def _bound(node: ast.stmt) -> set[str]:
    """The names that a statement would have made."""
    found = set()
    for one in ast.walk(node):
        if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store):
            found.add(one.id)
        elif isinstance(one, ast.alias):
            found.add((one.asname or one.name).partition(".")[0])
        elif isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found.add(one.name)
    return found


def _read(node: ast.stmt) -> set[str]:
    """The names that a statement reads; of a function, none: it does not run yet."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return set()
    return {one.id for one in ast.walk(node) if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Load)}


def _undecorated(node: ast.stmt) -> ast.stmt | None:
    """A function without its decorators and annotations, which may need what is not here; None for all else."""
    if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return None
    node.decorator_list = []
    if not isinstance(node, ast.ClassDef):
        node.returns = None
        every = node.args
        for one in (*every.posonlyargs, *every.args, *every.kwonlyargs, every.vararg, every.kwarg):
            if one is not None:
                one.annotation = None
    return node
