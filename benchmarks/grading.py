"""What marking costs: seconds a submission, as the class grows."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.machine import table

ROOT = Path(__file__).resolve().parent.parent


def class_sizes(sizes: tuple[int, ...] = (10, 50, 200), *, lesson: str = "00") -> str:
    """Mark classes of these sizes, everybody's notebook solved, each class with a course folder of its own.

    The lesson is the shortest, so that what grows with the class, if anything does, is not hidden behind the checks:
    finding submissions, writing the gradebook, tables, pages and report are all in the time.
    """
    rows = []
    for size in sizes:
        with tempfile.TemporaryDirectory() as folder:
            seconds, again = _mark(Path(folder), size, lesson)
        rows.append([str(size), f"{seconds:.0f}", f"{seconds / size:.2f}", f"{again / size:.3f}"])
    heads = ["students", "seconds", "seconds a submission", "marked already: seconds a submission"]
    return f"{os.cpu_count()} cores, lesson {lesson}, in the sandbox.\n\n" + table(heads, rows)


def _mark(folder: Path, size: int, lesson: str) -> tuple[float, float]:
    _run(["-m", "tools.assignments", "--course", str(folder / "course"), "--only", lesson])
    (source,) = (folder / "course" / "source").glob(f"{lesson}_*/*.ipynb")
    solved = _solved(source.read_text(encoding="utf-8"))
    for number in range(size):
        path = folder / "submissions" / f"student{number:03d}" / source.name
        path.parent.mkdir(parents=True)
        path.write_text(solved, encoding="utf-8")
    command = ["-m", "ganlab_grade.cli", str(folder / "submissions"), "--course", str(folder / "course")]
    command += ["--out", str(folder / "grades")]
    times = []
    for _ in range(2):
        began = time.perf_counter()
        _run(command)
        times.append(time.perf_counter() - began)
    return times[0], times[1]


def _run(arguments: list[str]) -> None:
    done = subprocess.run([sys.executable, *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(arguments[:3])} ended with {done.returncode}: {done.stderr[-500:]}")


def _solved(text: str) -> str:
    """The source notebook as a good student would hand it in."""
    notebook = json.loads(text)
    for cell in notebook["cells"]:
        lines = "".join(cell["source"]).split("### BEGIN HIDDEN TESTS")[0].rstrip().split("\n")
        cell["source"] = "\n".join(line for line in lines if line.strip() not in MARKS)
    return json.dumps(notebook)


MARKS = ("### BEGIN SOLUTION", "### END SOLUTION")
