"""The benchmark measures what it says, and tells nothing about where it ran."""

from pathlib import Path

import pytest
import torch

from ganlab.runtime import Lab

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(autouse=True)
def _find_benchmarks(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT))


def test_the_machine_is_described_without_paths():
    from benchmarks.machine import describe

    text = describe(torch.device("cpu"))
    assert "/" not in text
    assert torch.__version__ in text


def test_repetitions_are_taken_in_turn_and_summed_up():
    from benchmarks.machine import interleaved, spread, table

    order = []
    functions = {"a": lambda: order.append("a"), "b": lambda: order.append("b")}
    found = interleaved(functions, calls=3, repetitions=2, device=torch.device("cpu"))
    assert order[4:] == ["a"] * 3 + ["b"] * 3 + ["a"] * 3 + ["b"] * 3  # after two calls each to warm up
    assert {name: len(times) for name, times in found.items()} == {"a": 2, "b": 2}
    assert spread([1.0, 2.0, 3.0, 4.0, 5.0]) == "3.00 (2.00 to 4.00)"
    assert table(["x", "y"], [["1", "2"]]) == "| x | y |\n| --- | --- |\n| 1 | 2 |"


def test_the_comparison_with_the_plain_loop_is_of_the_same_losses():
    from benchmarks.speed import make_task, pictures, same_losses

    lab = Lab(torch.device("cpu"), "smoke", 0, None)
    text = same_losses(lab, steps=3)
    assert float(text.split("plain loop: ")[1].split(" ")[0]) < 1e-4
    losses = make_task(lab, batch_size=4).step(pictures(4, 32, lab.device))
    assert losses.keys() == {"loss_d", "loss_g"}


def test_the_two_inpainting_loops_compute_the_same_losses():
    from benchmarks import inpainting
    from benchmarks.speed import pictures

    lab = Lab(torch.device("cpu"), "smoke", 0, None)
    ours, plain, real = inpainting.make_task(lab), inpainting.make_plain(lab), pictures(8, 32, lab.device)
    ours.network.load_state_dict(plain.network.state_dict())
    ours.judges["local"].load_state_dict(plain.judge.state_dict())
    mask = inpainting.make_masks()[:8]
    ours.draw_masks, plain.masks = lambda count: mask, mask[:1]
    mask[:] = mask[:1].clone()
    found, expected = ours.step(real), plain.step(real)
    for name, value in expected.items():
        assert float(found[name]) == pytest.approx(float(value), rel=1e-4)


def test_the_methods_of_style_transfer_all_paint(monkeypatch):
    from benchmarks import style

    monkeypatch.setattr(style, "STEPS", 1)
    lab = Lab(torch.device("cpu"), "smoke", 0, None)
    found = style.methods(lab, size=32)
    assert len(found) == 5
    for name, paint in found.items():
        assert paint().shape == (1, 3, 32, 32), name


def test_a_lesson_that_is_not_built_is_no_failure():
    from benchmarks import processes

    assert "not built yet" in processes.lesson_memory("99_*.ipynb")


def test_the_memory_of_a_lesson_is_measured(tmp_path, monkeypatch):
    from benchmarks import processes

    folder = tmp_path / "solutions"
    folder.mkdir()
    cell = '{"cell_type": "code", "source": ["x = bytearray(200_000_000)\\n", "x[::4096] = x[::4096]"]}'
    (folder / "02_x.ipynb").write_text(f'{{"cells": [{cell}]}}', encoding="utf-8")
    monkeypatch.setattr(processes, "ROOT", tmp_path)
    text = processes.lesson_memory()
    assert 0.2 < float(text.split("at most ")[1].split(" ")[0]) < 0.6
    (folder / "02_x.ipynb").write_text('{"cells": [{"cell_type": "code", "source": ["1 / 0"]}]}', encoding="utf-8")
    assert "did not run to its end" in processes.lesson_memory()


def test_sections_that_are_not_measured_stay_as_they_are(tmp_path):
    from benchmarks.__main__ import stored

    path = tmp_path / "RESULTS.md"
    assert stored(path) == {}
    path.write_text(
        "# Benchmark\n\nWritten by it.\n\n## One\n\n| a |\n\n### in one\n\n## Two\n\ntext\n", encoding="utf-8"
    )
    assert stored(path) == {"One": "| a |\n\n### in one", "Two": "text"}


@pytest.mark.parametrize("name", ["pairing", "dcgan", "collection", "tutorial"])
def test_each_loop_of_the_comparison_trains_and_is_measured(name):
    from benchmarks.quality import NAMES, measure

    assert name in NAMES
    found = measure(name, 0.0, pictures=256, count=64, trial=1)
    assert found["steps"] == 1
    assert found["seconds"] > 0
    assert found["distance"] > found["floor"], "one step is no training"
