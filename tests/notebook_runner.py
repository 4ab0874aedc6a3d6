"""Run one notebook through nbval as the course's tests want it: smoke profile, no network, checks that mean it."""

import os
import re
import subprocess
import sys
from pathlib import Path

import nbformat

# First cell of the copy under test. An audit hook cannot be taken off again and sees every Python socket; the
# kernel's own channels are ZeroMQ's and do not pass through it.
GUARD = r"""
import re as _re
import sys as _sys

_attempts = []

def _no_network(event, args):
    if event == "socket.connect" or event == "socket.sendto":
        address = args[1]
        host = address[0] if isinstance(address, tuple) else None  # a path is a socket on this machine
    elif event in ("socket.getaddrinfo", "socket.gethostbyname"):
        host = args[0]
    elif event in ("subprocess.Popen", "os.system"):
        command = str(args[0]) + str(args[1:2])
        host = command if _re.search(r"\b(curl|wget|pip|git|conda)\b", command) else None
    else:
        return
    host = host.decode() if isinstance(host, bytes) else host
    if host not in (None, "", "localhost", "127.0.0.1", "::1", "0.0.0.0", "::"):
        _attempts.append(f"{event} {host}")
        raise OSError(f"the network is switched off in this test: {event} {host}")

_sys.addaudithook(_no_network)

from ganlab.checks import ladder as _ladder

_verdicts = []
_call = _ladder.Ladder.__call__

def _recorded(self, answer):
    result = _call(self, answer)
    _verdicts.append(result)
    return result

_ladder.Ladder.__call__ = _recorded
"""
# Last cell: what was tried in secret, and the marks.
VERDICT = """\
assert not _attempts, _attempts
assert len(_verdicts) >= {checks}, f"{{len(_verdicts)}} checks ran, expected {checks}"
_other = [result for result in _verdicts if (result.rung, result.score) != {wanted}]
assert not _other, _other
"""
UNSOLVED, SOLVED = ("missing", 0.0), ("passed", 1.0)


def prepared(path: Path, *, solved: bool, stored: Path | None = None) -> nbformat.NotebookNode:
    """The notebook between the two guarding cells; a solution gets the ``stored`` outputs it must reproduce."""
    notebook = nbformat.read(path, as_version=4)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    if stored is not None:
        known = {cell.id: cell for cell in nbformat.read(stored, as_version=4).cells}
        for cell in code:
            other = known.get(cell.id)
            if other is not None and "nbval-check-output" in other.metadata.get("tags", []):
                cell.outputs, cell.execution_count = other.outputs, other.execution_count
                cell.metadata.tags = other.metadata.tags
    checks = sum("check" in cell.metadata.get("tags", []) for cell in code)
    verdict = VERDICT.format(checks=checks, wanted=SOLVED if solved else UNSOLVED)
    first, last = (nbformat.v4.new_code_cell(text) for text in (GUARD, verdict))
    notebook.cells = [first, *notebook.cells, last]
    return notebook


def run_notebook(notebook: nbformat.NotebookNode, folder: Path, *, timeout: int = 400) -> tuple[int, int, str]:
    """Run it through nbval in a fresh kernel; return how many cells passed, how many there are, and the report."""
    folder.mkdir(exist_ok=True)
    nbformat.write(notebook, folder / "lesson.ipynb")
    (folder / "pytest.ini").write_text("[pytest]\n")  # this repository's own settings are for its own tests
    environment = {
        **os.environ,
        "GANLAB_PROFILE": "smoke",
        "PYTHONWARNINGS": "default",
        "NO_COLOR": "1",
        "JUPYTER_PLATFORM_DIRS": "1",
    }
    environment.setdefault("OMP_NUM_THREADS", "1")  # notebooks run side by side, and threads would queue up
    for name in [name for name in environment if name.startswith(("PYTEST_", "COV_", "MPLBACKEND"))]:
        del environment[name]
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", "--tb=short"]
    command += ["--nbval-lax", "--nbval-cell-timeout=120", "-c", "pytest.ini", "lesson.ipynb"]
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=timeout, check=False
    )
    report = done.stdout + done.stderr
    passed = re.search(r"(\d+) passed", report)
    cells = sum(cell.cell_type == "code" and bool(cell.source.strip()) for cell in notebook.cells)
    return int(passed[1]) if passed and done.returncode == 0 else 0, cells, report
