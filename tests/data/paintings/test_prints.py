"""What a press leaves: a screen of dots with one frequency, ink or paper and little between, lines in one direction."""

import pytest
import torch

from ganlab.data.paintings import paint_style


def grey(name, seed, size=256):
    return (paint_style(name, size=size, seed=seed).mean(dim=0) + 1) / 2


def strongest_wave(picture):
    """Share of the energy above eight waves a picture that lies in the strongest one."""
    power = torch.fft.rfft2(picture - picture.mean()).abs().square()
    waves = torch.fft.fftfreq(256)[:, None].hypot(torch.fft.rfftfreq(256)[None]) * 256
    fine = power[waves > 8]
    return float(fine.max() / fine.sum())


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_a_halftone_is_a_screen_of_one_frequency(seed):
    assert strongest_wave(grey("halftone", seed)) > 3 * strongest_wave(grey("papercut", seed))


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_a_woodcut_is_two_tones(seed):
    def two_tones(picture):
        """Part of the variance that lies between dark and light: 1 for two tones (Otsu's criterion, at the mean)."""
        above = picture > picture.mean()
        share = above.float().mean()
        apart = picture[above].mean() - picture[~above].mean()
        return float(share * (1 - share) * apart**2 / picture.var())

    assert two_tones(grey("woodcut", seed)) > 0.75
    assert two_tones(grey("contours", seed)) < 0.75


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_paper_is_cut_into_flat_pieces(seed):
    def flat(name):
        picture = grey(name, seed)
        return float((picture.diff(dim=1).abs() < 0.01).float().mean())

    assert flat("papercut") > flat("hatching") + 0.1
