"""One running studio for all tests of this folder."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.browser.lab import free_port

ROOT = Path(__file__).resolve().parents[3]
pytest.importorskip("voila", reason="Voila is not installed")


@pytest.fixture(scope="session")
def served(tmp_path_factory):
    """Address of a studio for two people, served from a folder of its own."""
    log = tmp_path_factory.mktemp("studio") / "server.log"
    command = [sys.executable, "-m", "deploy.voila", "--no-browser", "--most", "2", "--port", str(free_port())]
    env = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))}
    with open(log, "w") as errors:
        process = subprocess.Popen(command, cwd=ROOT, env=env, stdout=subprocess.PIPE, stderr=errors, text=True)
    try:
        found = next((found for line in process.stdout if (found := re.search(r"http://[\d.:]+", line))), None)
        assert found is not None, log.read_text()
        yield found[0]
    finally:
        process.terminate()
        process.wait(60)
        process.stdout.close()
