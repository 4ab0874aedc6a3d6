"""Twenty people at once, each with a photograph of 48 megapixels, in 8 GB of memory."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.browser.lab import free_port

pytest.importorskip("voila", reason="Voila is not installed")
ROOT = Path(__file__).resolve().parents[3]


@pytest.mark.thorough
@pytest.mark.timeout(900)
@pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="elsewhere each visitor's process begins from nothing"
)
def test_twenty_people_with_photographs_fit_into_eight_gigabytes():
    command = [
        sys.executable,
        "-m",
        "deploy.voila.load",
        "--people",
        "20",
        "--within",
        "8",
        "--port",
        str(free_port()),
    ]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=800)
    print(done.stdout)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "20 x result" in done.stdout
