"""What has to be measured in a process of its own: importing, and the memory a lesson takes."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

from benchmarks.machine import spread, table

ROOT = Path(__file__).resolve().parent.parent

# Runs the code cells of a notebook in IPython, as a kernel would, and prints the most memory it held.
LESSON = r"""
import json, pathlib, re, resource, sys
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance()
for cell in json.load(open(sys.argv[1], encoding="utf-8"))["cells"]:
    if cell["cell_type"] == "code":
        result = shell.run_cell("".join(cell["source"]), store_history=True)
        if result.error_before_exec or result.error_in_exec:
            sys.exit(1)
status = pathlib.Path("/proc/self/status")
if status.exists():  # Linux; its ru_maxrss would count the parent process from before exec, too
    peak = 1024 * int(re.search(r"VmHWM:\s*(\d+)", status.read_text())[1])
else:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print("\npeak", peak)  # on a line of its own: the last cell may have left one open
"""


def imports(*, repetitions: int = 5) -> str:
    """Seconds to import, in new processes, as ratios to ``import torch``."""
    statements = {
        "import torch": "import torch",
        "import ganlab": "import ganlab",
        "import ganlab; ganlab.setup()": "import ganlab; ganlab.setup()",
        "import ganlab.training": "import ganlab.training",
    }
    found: dict[str, list[float]] = {name: [] for name in statements}
    for repetition in range(repetitions + 1):
        for name, statement in statements.items():
            began = time.perf_counter()
            subprocess.run([sys.executable, "-c", statement], check=True, stdout=subprocess.DEVNULL, cwd=ROOT)
            if repetition:  # the first one fills the disk cache
                found[name].append(time.perf_counter() - began)
    base = found["import torch"]
    rows = [
        [f"`{name}`", spread(values), spread([v / b for v, b in zip(values, base, strict=True)])]
        for name, values in found.items()
    ]
    return table(["statement", "seconds", "ratio to `import torch`"], rows)


def lesson_memory(pattern: str = "02_*.ipynb", *, profile: str = "smoke", timeout: float = 900) -> str:
    """Most memory that the solved lesson takes, in gigabytes."""
    found = sorted((ROOT / "solutions").glob(pattern))
    if not found:
        return "Lesson 02 is not built yet (`make lessons`)."
    result = subprocess.run(
        [sys.executable, "-c", LESSON, str(found[0])],
        cwd=found[0].parent,
        env={**os.environ, "GANLAB_PROFILE": profile, "MPLBACKEND": "agg"},
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )
    peaks = [line.split()[1] for line in result.stdout.splitlines() if line.startswith("peak ")]
    if result.returncode or not peaks:
        return f"Lesson 02 did not run to its end in profile `{profile}`."
    return f"Lesson 02, solved, profile `{profile}`: at most {int(peaks[-1]) / 1e9:.2f} GB (floor: 2.5 GB)."
