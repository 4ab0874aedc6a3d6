"""InpaintStudio's Python side: what the page asks for, what programs can do, and requests of every kind."""

import base64
import io
import json

import pytest
import torch
from _studio import SIZE, ask, box, is_one_sentence, pixels, same, state, text
from PIL import Image

from ganlab import widgets
from ganlab.images import to_pil
from ganlab.inpainting import masks
from ganlab.inpainting.inpaint import fill_tensor
from ganlab.inpainting.networks import ContextEncoder
from ganlab.widgets._inpaint_messages import mask_to_text, text_to_mask
from ganlab.widgets.kit.show import WIDGET_VIEW, mimebundle


# --- painting -----------------------------------------------------------------------------------------------------
def some_masks():
    generator = torch.Generator().manual_seed(1)
    yield "centre", masks.centre_masks(1, SIZE)[0, 0] > 0
    yield "one pixel in the corner", box(0, 0, 1, 1)
    yield "everything but one pixel", ~box(5, 7, 6, 8)
    yield "everything", box(0, 0, SIZE, SIZE)
    yield "nothing", box(0, 0, 0, 0)
    yield "strokes", masks.brush_masks(1, SIZE, generator)[0, 0] > 0
    yield "noise", torch.rand(SIZE, SIZE, generator=generator) > 0.7


@pytest.mark.parametrize(("name", "mask"), list(some_masks()))
def test_known_pixels_stay_bit_for_bit(studio, name, mask):
    picture = studio.picture.clone()
    answer = ask(studio, 1, action="mask", bits=mask_to_text(mask))
    assert torch.equal(studio.mask, mask)
    assert torch.equal(studio.picture, picture)
    assert torch.equal(studio.result[:, ~mask], picture[:, ~mask])
    assert torch.equal(studio.result, fill_tensor(studio.network, picture, mask))
    assert pixels(answer["image"]) == to_pil(studio.result).tobytes()
    assert torch.equal(text_to_mask(answer["mask"], SIZE), mask), "the page gets the mask that the kernel has"
    assert answer["missing"] == pytest.approx(float(mask.float().mean()))
    assert not answer["message"]
    if 0 < mask.sum() < mask.numel():
        assert not torch.equal(studio.result, picture), "something was filled"


def test_bits_are_rows_with_the_highest_first():
    mask = torch.zeros(3, 3, dtype=torch.bool)
    mask[0, 0] = mask[2, 2] = True
    assert base64.b64decode(mask_to_text(mask)) == bytes([0b10000000, 0b10000000])
    assert torch.equal(text_to_mask(mask_to_text(mask), 3), mask)


def test_paint_takes_masks_as_people_have_them(studio):
    mask = box(3, 4, 20, 21)
    for made in (mask, mask.float(), mask.numpy(), Image.fromarray(mask.numpy())):
        studio.clear()
        studio.paint(made)
        assert torch.equal(studio.mask, mask)
    with pytest.raises(ValueError, match=r"mask: expected shape \(32, 32\), got \(8, 8\)"):
        studio.paint(torch.ones(8, 8))
    assert torch.equal(studio.mask, mask)


def test_a_stroke_is_one_step_back(studio):
    start = state(studio)
    for number, right in enumerate((6, 9, 12), 1):
        assert ask(studio, number, action="mask", bits=mask_to_text(box(5, 3, 9, right)), stroke="a")["undo"] == 1
    first = state(studio)
    assert ask(studio, 4, action="mask", bits=mask_to_text(box(5, 3, 19, 12)), stroke="b")["undo"] == 2
    second = state(studio)
    ask(studio, 5, action="undo")
    assert same(studio, first)
    ask(studio, 6, action="undo")
    assert same(studio, start)
    assert ask(studio, 7, action="undo")["undo"] == 0
    assert same(studio, start)
    ask(studio, 8, action="redo")
    assert ask(studio, 9, action="redo")["redo"] == 0
    assert same(studio, second)
    ask(studio, 10, action="redo")
    assert same(studio, second)
    ask(studio, 11, action="undo")
    answer = ask(studio, 12, action="mask", bits=mask_to_text(box(0, 0, 9, 9)), stroke="b")
    assert (answer["undo"], answer["redo"]) == (2, 0), "a new change forgets the undone ones, even of the same name"
    assert len(studio.latencies_ms) == 12


def test_what_changes_nothing_is_no_step(studio):
    ask(studio, 1, action="mask", bits=mask_to_text(box(0, 0, 0, 0)), stroke="a")
    studio.clear()
    studio.choose(0)
    assert json.loads(studio.response)["undo"] == 0
    ask(studio, 2, action="mask", bits=mask_to_text(box(0, 0, 2, 2)), stroke="a")
    assert ask(studio, 3, action="mask", bits=mask_to_text(box(0, 0, 2, 2)), stroke="a")["undo"] == 1


def test_history_holds_pictures_too_and_at_most_fifty_states(studio):
    studio.paint(box(2, 2, 9, 9))
    painted = state(studio)
    answer = ask(studio, 1, action="choose", index=3)
    assert (answer["chosen"], answer["missing"]) == (3, 0)
    assert pixels(studio.original) == to_pil(studio.picture).tobytes() == to_pil(studio.result).tobytes()
    answer = ask(studio, 2, action="undo")
    assert answer["chosen"] == 0
    assert same(studio, painted)
    assert pixels(studio.original) == to_pil(studio.picture).tobytes(), "the page has the picture of before again"
    for side in range(1, 60):
        studio.paint(box(0, 0, side % 31 + 1, 3))
    assert json.loads(studio.response)["undo"] == studio.HISTORY
    for _ in range(70):
        studio.undo()
    assert (json.loads(studio.response)["undo"], json.loads(studio.response)["redo"]) == (0, 50)


def test_clear_removes_the_hole_and_can_be_undone(studio):
    studio.paint(box(2, 2, 9, 9))
    painted = state(studio)
    assert ask(studio, 1, action="clear")["missing"] == 0
    assert torch.equal(studio.result, studio.picture)
    ask(studio, 2, action="undo")
    assert same(studio, painted)


# --- malformed requests -------------------------------------------------------------------------------------------
@pytest.mark.parametrize("request_text", [
    "", "{", "[]", "3", "null", '"mask"', "{}", '{"id": 1}', '{"action": "paint"}', '{"id": [], "action": "undo?"}', "[" * 100_000,
    *(json.dumps({"id": 5, **wish}) for wish in (
        {"action": ["mask"]}, {"action": None}, {"action": "_show"}, {"action": "x" * 10_000},
        {"action": "mask"}, {"action": "mask", "bits": 7}, {"action": "mask", "bits": ""}, {"action": "mask", "bits": "%%%"},
        {"action": "mask", "bits": "Käse"}, {"action": "mask", "bits": "QUJD"}, {"action": "mask", "bits": text(bytes(127))},
        {"action": "mask", "bits": text(bytes(129))}, {"action": "choose"}, {"action": "choose", "index": 8},
        {"action": "choose", "index": -1}, {"action": "choose", "index": True}, {"action": "choose", "index": "0"},
        {"action": "choose", "index": 1.0}, {"action": "choose", "index": [0] * 500}, {"action": "upload"},
        {"action": "upload", "data": None}, {"action": "upload", "data": "no base64!"}, {"action": "upload", "data": {}},
    )),
], ids=lambda value: value[:60])  # fmt: skip
def test_a_malformed_request_is_one_sentence_and_loses_nothing(studio, request_text):
    studio.paint(box(2, 2, 9, 9))
    before, past = state(studio), json.loads(studio.response)["undo"]
    studio._on_request({"new": request_text})
    answer = json.loads(studio.response)
    assert is_one_sentence(answer["message"]), answer["message"]
    assert len(answer["message"]) < 300
    assert answer["id"] == (5 if '"id": 5' in request_text else 1 if '"id": 1' in request_text else 0)
    assert answer["undo"] == past
    assert same(studio, before)
    assert ask(studio, 6, action="undo")["missing"] == 0
    assert ask(studio, 7, action="look")["message"] == ""


def test_a_network_that_fails_loses_nothing(studio):
    studio.paint(box(2, 2, 9, 9))
    before = state(studio)
    studio.network = torch.nn.Identity()
    message = ask(studio, 1, action="mask", bits=mask_to_text(box(2, 2, 20, 20)))["message"]
    assert message == "Sorry, this could not be done (AttributeError)."
    assert same(studio, before)


def test_a_network_that_has_diverged_is_said_to_fail(studio):
    before = state(studio)
    studio.network = ContextEncoder(studio.network.config).eval()
    torch.nn.init.constant_(studio.network.to_picture.bias, torch.nan)
    message = ask(studio, 1, action="mask", bits=mask_to_text(box(2, 2, 20, 20)))["message"]
    assert message == "Sorry, this could not be done (FloatingPointError)."
    with pytest.raises(FloatingPointError, match="the network fills with NaN or infinity"):
        studio.paint(box(2, 2, 20, 20))
    assert same(studio, before)


# --- making one, and a page without a kernel ----------------------------------------------------------------------
def test_the_picture_may_be_larger_than_the_network(studio_network):
    studio = widgets.InpaintStudio(studio_network, resolution=80)
    assert studio.picture.shape == (3, 80, 80)
    mask = box(20, 10, 60, 30, size=80)
    studio.paint(mask)
    assert torch.equal(studio.result[:, ~mask], studio.picture[:, ~mask])
    assert json.loads(studio.settings)["scale"] == 4
    own = widgets.InpaintStudio(studio_network, pictures=torch.zeros(2, 3, 48, 48), scale=2)
    assert (own.resolution, json.loads(own.settings)["scale"], len(json.loads(own.settings)["samples"])) == (48, 2, 2)


@pytest.mark.parametrize(("settings", "message"), [
    ({"network": torch.nn.Linear(2, 2)}, "expected a network with config.size and config.channels == 3"),
    ({"pictures": torch.zeros(2, 3, 32, 31)}, r"expected pictures \(N, 3, 31, 31\), got \(2, 3, 32, 31\)"),
    ({"pictures": torch.zeros(0, 3, 32, 32)}, r"got \(0, 3, 32, 32\)"),
    ({"pictures": torch.zeros(2, 3, 32, 32), "resolution": 64}, r"\(N, 3, 64, 64\), got"),
    ({"pictures": torch.full((1, 3, 32, 32), torch.nan)}, r"values in \[-1, 1\]"),
    ({"resolution": 8}, "a resolution from 16 to 1024 pixels, got 8"),
])  # fmt: skip
def test_wrong_beginnings_are_one_sentence(studio_network, settings, message):
    with pytest.raises(ValueError, match=message):
        widgets.InpaintStudio(**{"network": studio_network, **settings})


def test_one_output_serves_pages_with_and_without_a_kernel(studio, capsys):
    for expected_rows, part in ((3, "nothing has been painted yet"), (1, "6% of the picture is missing")):
        bundle = mimebundle(studio)
        assert bundle[WIDGET_VIEW]["model_id"] == studio.model_id
        picture = Image.open(io.BytesIO(base64.b64decode(bundle["image/png"])))
        assert picture.height == 30 + expected_rows * 204
        assert part in bundle["text/plain"]
        widgets.show(studio)
        assert studio.alt_text in capsys.readouterr().out
        studio.paint(box(2, 2, 10, 10))
