"""The benchmark of super-resolution measures what it says."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from ganlab.pretrained import shipped_card, shipped_names
from ganlab.runtime import Lab
from ganlab.superres import training
from ganlab.superres.networks import SMALL

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(autouse=True)
def _find_benchmarks(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT))


def test_the_two_loops_compute_the_same_losses(monkeypatch):
    from benchmarks import enlarging
    from benchmarks.speed import pictures

    monkeypatch.setattr(training, "turned", lambda batch: batch)
    lab, config = Lab(torch.device("cpu"), "smoke", 0, None), replace(SMALL, width=4, blocks=2)
    ours, plain, real = (
        enlarging.make_task(lab, config),
        enlarging.make_plain(lab, config),
        pictures(4, 32, lab.device),
    )
    found = [(ours.step(real), plain.step(real)) for _ in range(4)]
    for mine, other in found:
        assert mine.keys() == other.keys() == {"loss_pixel"}
        assert float(mine["loss_pixel"]) == pytest.approx(float(other["loss_pixel"]), rel=1e-3)
    assert float(found[0][0]["loss_pixel"]) != pytest.approx(float(found[-1][0]["loss_pixel"]), rel=1e-3)


def test_the_exponent_is_that_of_the_growth():
    from benchmarks.enlarging import exponent

    assert exponent({side: 3e-6 * side**2 for side in (128, 256, 512)}) == pytest.approx(1)
    assert exponent({side: 3e-6 * side**3 for side in (128, 256, 512)}) == pytest.approx(1.5)


def test_the_rows_are_of_the_network_that_is_shipped(monkeypatch):
    from benchmarks import enlarging

    if "srresnet-x4" in shipped_names():
        assert vars(enlarging.SHIPPED) == shipped_card("srresnet-x4")["config"]
    monkeypatch.setattr(enlarging, "shipped_names", list)
    monkeypatch.setattr(enlarging, "SHIPPED", replace(enlarging.SHIPPED, width=4, blocks=1))
    sizes = []

    def clock(tasks, *, repetitions, **_):
        sizes.extend(tuple(task().shape) for task in tasks.values())
        return {name: [int(name) ** 2 / 2e6] * repetitions for name in tasks}

    monkeypatch.setattr(enlarging, "interleaved", clock)
    text = enlarging.growth(Lab(torch.device("cpu"), "smoke", 0, None), sides=(8, 50), repetitions=2)
    assert sizes == [(1, 3, 32, 32), (1, 3, 200, 200)]
    assert "| 50 -> 200 | 0.00 (0.00 to 0.00) | 32.00 (32.00 to 32.00) |" in text
    assert text.endswith("to the power of 1.00.")
