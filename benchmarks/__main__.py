"""``python -m benchmarks``: measure everything and write ``benchmarks/RESULTS.md``."""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import ganlab
from benchmarks import enlarging, grading, inpainting, opening, processes, quality, speed, style, widgets
from benchmarks.machine import describe

RESULTS = Path(__file__).resolve().parent / "RESULTS.md"


def stored(path: Path) -> dict[str, str]:
    """The sections of a file of results that is there already: title -> text."""
    if not path.is_file():
        return {}
    _, *parts = path.read_text(encoding="utf-8").split("\n## ")
    return {title: text.strip() for title, _, text in (part.partition("\n") for part in parts)}


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__.splitlines()[0])
    parser.add_argument("--device", help="cpu or cuda (default: cuda where there is one)")
    parser.add_argument("--repetitions", type=int, default=9, help="of the training steps, interleaved (default 9)")
    parser.add_argument("--memory-profile", default="smoke", help="profile lesson 02's memory is measured in")
    parser.add_argument("--output", type=Path, default=RESULTS, help="where to write the tables")
    parser.add_argument(
        "--only", nargs="+", metavar="TITLE", help="measure the sections that begin so; the others stay in the file"
    )
    options = parser.parse_args()
    chosen = tuple(options.only) if options.only else ("",)
    began = time.perf_counter()
    lab = ganlab.setup(seed=0, device=options.device)
    machine = describe(lab.device)
    sections = {
        "Training step": lambda: (
            speed.same_losses(lab) + "\n\n" + speed.against_plain_loop(lab, repetitions=max(2, options.repetitions))
        ),
        "Quality a minute": quality.quality_a_minute,
        "Inpainting step": lambda: inpainting.against_plain_loop(lab, repetitions=max(2, options.repetitions)),
        "Style transfer": lambda: style.against_optimisation(lab),
        "Super-resolution": lambda: (
            enlarging.against_plain_loop(lab, repetitions=max(2, options.repetitions))
            + "\n\n"
            + enlarging.growth(lab)
        ),
        "Milliseconds an image, as batch and resolution grow": lambda: speed.growth(lab),
        "Import": processes.imports,
        "Opening the first lesson": opening.first_picture,
        "Widgets": widgets.latencies,
        "Marking a class": grading.class_sizes,
        "Memory": lambda: processes.lesson_memory(profile=options.memory_profile),
    }
    kept = stored(options.output) if options.only else {}
    text = [
        "# Benchmark",
        "Written by `make bench`. Numbers are medians, with quartiles in brackets, of repetitions taken in turn; "
        "a ratio is taken within a repetition, so that it hardly depends on what else the machine was doing.",
        machine,
    ]
    if not any(title.startswith(chosen) for title in sections):
        parser.error(f"--only: expected a title's beginning, got {options.only}; there are {', '.join(sections)}")
    for title, measure in sections.items():
        if title.startswith(chosen):
            text += [f"## {title}", measure()]
            print(f"\n{title} ({time.perf_counter() - began:.0f} s)\n\n{text[-1]}", flush=True)
        elif title in kept:
            text += [f"## {title}", kept[title]]
    options.output.write_text("\n\n".join(text) + "\n", encoding="utf-8")
    print(f"\n{options.output.name} written after {time.perf_counter() - began:.0f} s")


if __name__ == "__main__":
    main()
