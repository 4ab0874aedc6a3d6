"""What is checked of a message: what is right passes as it is, everything else is refused in a sentence."""

import base64

import pytest
import torch

from ganlab.widgets.kit import values

WRONG = (None, "1", [1], {}, True, float("nan"), float("inf"), 10**400, -(10**400))


@pytest.mark.parametrize("wrong", [*WRONG, -1, 3, 1.0, "0"], ids=lambda value: str(value)[:20])
def test_a_sample_has_a_whole_number(wrong):
    assert [values.sample_number(k, 3, "style") for k in range(3)] == [0, 1, 2]
    with pytest.raises(ValueError, match="^expected a style from 0 to 2, got .{1,50}$"):
        values.sample_number(wrong, 3, "style")


@pytest.mark.parametrize("wrong", [*WRONG, -0.01, 1.5], ids=lambda value: str(value)[:20])
def test_a_share_is_from_0_to_1(wrong):
    assert [values.share(share, "a strength") for share in (0, 0.25, 1)] == [0.0, 0.25, 1.0]
    with pytest.raises(ValueError, match="^expected a strength from 0 to 1, got .{1,50}$"):
        values.share(wrong, "a strength")


@pytest.mark.parametrize("wrong", WRONG, ids=lambda value: str(value)[:20])
def test_a_number_is_finite(wrong):
    assert [values.number(found, "a rate") for found in (-3, 0.5, 10**9)] == [-3.0, 0.5, 1e9]
    with pytest.raises(ValueError, match="^expected a rate as a number, got .{1,50}$"):
        values.number(wrong, "a rate")


@pytest.mark.parametrize(
    "wrong", [*WRONG, 3, [0.5], [0.5, -0.1], [0.5, None], [0.5, 0.5, 0.5], "01"], ids=lambda value: str(value)[:20]
)
def test_a_point_is_two_shares(wrong):
    assert values.pad_point([0, 0.5]) == (0.0, 0.5)
    with pytest.raises(ValueError, match="^expected the pad's "):
        values.pad_point(wrong)


@pytest.mark.parametrize("wrong", [*WRONG, 3, "2", [2] * 500], ids=lambda value: str(value)[:20])
def test_a_choice_is_one_of_those_there_are(wrong):
    assert [values.choice(size, (1, 2.0), "size") for size in (1, 2)] == [1, 2.0]
    if wrong is not True:
        assert values.choice(True, (False, True), "choice") is True
    with pytest.raises(ValueError, match="^expected a size of 1 or 2.0, got .{1,50}$"):
        values.choice(wrong, (1, 2.0), "size")
    with pytest.raises(ValueError, match="False or True"):
        values.choice(1, (False, True), "choice")


def test_an_object_has_no_other_keys():
    assert values.object_with({"loss": 1}, "loss", "rate") == {"loss": 1}
    for wrong in (None, [], "loss", {"seed": 1}, {"loss": 1, "x" * 1000: 2}):
        with pytest.raises(ValueError, match="^expected an object with some of loss, rate, got .{1,50}$"):
            values.object_with(wrong, "loss", "rate")


def test_text_is_base64():
    assert values.from_text(values.to_text(b"\0\xff")) == b"\0\xff"
    for wrong in (None, 7, {}, [], "%%%", "no base64!", "Käse", "QUJ"):
        with pytest.raises(ValueError, match="^expected base64 text, got"):
            values.from_text(wrong)


def test_bits_are_rows_with_the_highest_first():
    mask = torch.zeros(3, 3, dtype=torch.bool)
    mask[0, 0] = mask[2, 2] = True
    assert base64.b64decode(values.mask_to_text(mask)) == bytes([0b10000000, 0b10000000])
    assert torch.equal(values.text_to_mask(values.mask_to_text(mask), 3), mask)
    for wrong in (None, "", "%%%", "QUJD", values.to_text(bytes(1)), values.to_text(bytes(3))):
        with pytest.raises(ValueError, match="^expected"):
            values.text_to_mask(wrong, 3)


def test_runs_are_value_and_count():
    regions = torch.tensor([[0, 0, 3], [3, 1, 0]], dtype=torch.uint8)
    assert values.regions_to_runs(regions) == [0, 2, 3, 2, 1, 1, 0, 1]
    assert torch.equal(values.runs_to_regions([0, 2, 3, 2, 1, 1, 0, 1], 2, 3, 4), regions)
    for wrong in (
        None,
        "0",
        [],
        [0, 5],
        [0, 6, 1],
        [5, 6],
        [-1, 6],
        [0, 7, 1, -1],
        [0, 10**300],
        [True, 6],
        [0.0, 6],
        [[0], 6],
    ):
        with pytest.raises(ValueError, match="^expected regions"):
            values.runs_to_regions(wrong, 2, 3, 4)
