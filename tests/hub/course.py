"""The course of the round trip: what is handed out, a right answer to it, and the commands that mark it."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import nbformat

from tests.hub.server import ROOT, environment

LESSON = "00_start_here"
EXERCISE = "to_pixels"
ANSWER = f"""import torch

def {EXERCISE}(pictures):
    return ((pictures.clamp(-1, 1) + 1) * 127.5).round().to(torch.uint8)
"""
# What is handed in may be hostile: shown in the formgrader, this would run in the teacher's page.
HOSTILE = """<img src="none" onerror="top.document.title = 'taken over'"><script>top.document.title = 'taken over'</script>"""
WRITTEN = f"**No.** The average of many sharp faces is a blurred one that is nobody's. {HOSTILE}"


@contextmanager
def course(folder: Path) -> Iterator[subprocess.Popen]:
    """What ``make assignments`` writes, for one lesson; being made in the background, since hubs start slowly."""
    command = [sys.executable, "-m", "tools.assignments", "--course", str(folder), "--only", LESSON]
    made = subprocess.Popen(
        command, cwd=ROOT, env=environment(folder), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    try:
        yield made
    finally:
        made.kill()
        made.communicate()


def solve(notebook: str) -> str:
    """A fetched notebook (JSON) with the exercise and every written question answered."""
    solved = nbformat.reads(notebook, as_version=4)
    for cell in solved.cells:
        marks = cell.metadata.get("nbgrader", {})
        if cell.cell_type == "code" and marks.get("solution"):
            assert f"def {EXERCISE}" in cell.source
            cell.source = ANSWER
        elif marks.get("solution"):
            cell.source = WRITTEN
    return json.dumps(solved)


def grade_command() -> str:
    """Marks everything in course/collected/, typed in the folder that holds course/."""
    installed = shutil.which("ganlab-grade", path=environment(ROOT)["PATH"]) is not None
    program = "ganlab-grade" if installed else "python -m ganlab_grade.cli"
    return f"{program} course/collected --course course --out grades"
