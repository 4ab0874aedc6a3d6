"""One running studio for all tests of this folder."""

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import psutil
import pytest

from tests.browser.lab import free_port

ROOT = Path(__file__).resolve().parents[3]
pytest.importorskip("voila", reason="Voila is not installed")


class Running(NamedTuple):
    """A studio for two people: its address, its process and what it has logged."""

    address: str
    process: subprocess.Popen
    log: Path

    def server(self) -> psutil.Process:
        """The process that serves; the one that was started watches it."""
        return psutil.Process(self.process.pid).children()[0]


@pytest.fixture(scope="session")
def studio(tmp_path_factory):
    """The studio, served from a folder of its own."""
    log = tmp_path_factory.mktemp("studio") / "server.log"
    command = [sys.executable, "-m", "deploy.voila", "--no-browser", "--most", "2", "--port", str(free_port())]
    env = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))}
    with open(log, "w") as errors:
        process = subprocess.Popen(command, cwd=ROOT, env=env, stdout=subprocess.PIPE, stderr=errors, text=True)
    try:
        found = next((found for line in process.stdout if (found := re.search(r"http://[\d.:]+", line))), None)
        assert found is not None, log.read_text()
        yield Running(found[0], process, log)
    finally:
        process.terminate()
        process.wait(60)
        process.stdout.close()


@pytest.fixture(scope="session")
def served(studio):
    """Its address."""
    return studio.address
