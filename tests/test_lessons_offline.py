"""Every lesson where there is no network at all: an empty network namespace, in which only loopback is up.

The other runs switch Python's sockets off (`notebook_runner`); here the system has nothing to offer to anybody.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
LESSONS = sorted(path.stem for path in (ROOT / "lessons").glob("[0-9]*.py"))
# Loopback: kernels talk to Jupyter through it.
RUN = """
set -e
ip link set lo up
if {python} -c "import socket; socket.create_connection(('192.0.2.1', 80), 2)" 2>/dev/null; then exit 9; fi
exec {python} -m pytest -q -p no:cacheprovider -p no:xdist tests/test_notebooks.py -k "notebook_runs_unsolved and {name}"
"""


@pytest.mark.thorough
@pytest.mark.notebook
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("name", LESSONS)
def test_a_lesson_runs_where_there_is_no_network(name):
    may = shutil.which("unshare") and shutil.which("ip")
    if not may or subprocess.run(["unshare", "-rn", "ip", "link"], capture_output=True, check=False).returncode:
        pytest.skip("this system gives no empty network namespace")
    command = ["unshare", "-rn", "bash", "-c", RUN.format(python=sys.executable, name=name)]
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("PYTEST", "COV_"))}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 passed" in done.stdout
