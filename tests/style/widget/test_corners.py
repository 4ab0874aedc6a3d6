"""The pad's corners and their weights."""

import pytest

from ganlab.style.widget.corners import corner_number, pad_weights


def test_the_pads_corners_are_exact_and_its_centre_is_a_quarter_of_each():
    assert pad_weights(0.5, 0.5) == (0.25, 0.25, 0.25, 0.25)
    for k, corner in enumerate(((0, 0), (1, 0), (0, 1), (1, 1))):
        assert pad_weights(*corner) == tuple(float(j == k) for j in range(4))
    assert sum(pad_weights(0.3, 0.9)) == pytest.approx(1)


def test_corners_have_numbers():
    assert [corner_number(letter) for letter in "ABCD"] == [0, 1, 2, 3]
    for wrong in ("", "E", "a", "AB", 1, None, ["A"]):
        with pytest.raises(ValueError, match="expected a corner from A to D"):
            corner_number(wrong)
