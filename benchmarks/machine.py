"""What the numbers were measured on, and how: clocks, interleaving, medians with quartiles."""

from __future__ import annotations

import os
import platform
import re
import statistics
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import torch

FLAGS = ("avx2", "avx512f", "avx512_bf16", "amx_bf16", "amx_tile", "asimd", "bf16")


def describe(device: torch.device) -> str:
    """Processor, its vector instructions, graphics card, versions: one line each, no paths."""
    cpuinfo = Path("/proc/cpuinfo").read_text(encoding="utf-8") if Path("/proc/cpuinfo").exists() else ""
    model = re.search(r"^model name\s*:\s*(.+)$", cpuinfo, re.MULTILINE)
    known = re.search(r"^(?:flags|Features)\s*:\s*(.+)$", cpuinfo, re.MULTILINE)
    flags = [flag for flag in FLAGS if known and flag in known[1].split()]
    load = f"{os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else "unknown"
    lines = [
        f"- Processor: {model[1] if model else platform.processor() or platform.machine()}, {os.cpu_count()} cores, "
        f"{' '.join(flags) or 'no vector flags known'}",
        f"- Device: {torch.cuda.get_device_name(device) if device.type == 'cuda' else device.type}",
        f"- PyTorch {torch.__version__}, {torch.get_num_threads()} threads; Python {platform.python_version()}; "
        f"{platform.system()}",
        f"- Load of the machine when the measurements began: {load} (more than the benchmark's own means noise)",
    ]
    return "\n".join(lines)


def seconds(function: Callable[[], object], calls: int, device: torch.device) -> float:
    """Wall time of ``calls`` calls."""
    began = time.perf_counter()
    for _ in range(calls):
        function()
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    return time.perf_counter() - began


def interleaved(
    functions: Mapping[str, Callable[[], object]], *, calls: int, repetitions: int, device: torch.device
) -> dict[str, list[float]]:
    """Seconds a call of each function, once a repetition, in turn: a slow moment of the machine meets all alike."""
    for function in functions.values():
        seconds(function, 2, device)
    found: dict[str, list[float]] = {name: [] for name in functions}
    for _ in range(repetitions):
        for name, function in functions.items():
            found[name].append(seconds(function, calls, device) / calls)
    return found


def spread(values: list[float], digits: int = 2) -> str:
    """Median and quartiles: ``1.52 (1.49 to 1.55)``."""
    low, middle, high = statistics.quantiles(values, n=4, method="inclusive")
    return f"{middle:.{digits}f} ({low:.{digits}f} to {high:.{digits}f})"


def table(header: list[str], rows: list[list[str]]) -> str:
    """A Markdown table."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
