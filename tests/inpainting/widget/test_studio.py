"""InpaintStudio's Python side: what the page asks for, what programs can do, and requests of every kind."""

import base64
import io
import json

import pytest
import torch
from PIL import Image

from ganlab import widgets
from ganlab.images import fit_square, to_pil, to_tensor
from ganlab.inpainting import masks
from ganlab.inpainting.inpaint import fill_tensor
from ganlab.inpainting.networks import ContextEncoder
from ganlab.widgets.kit.show import WIDGET_VIEW, mimebundle
from ganlab.widgets.kit.values import mask_to_text, text_to_mask
from tests.widgets.asking import ask, is_one_sentence, pixels, sides, text
from tests.widgets.broken_pictures import FILES, saved

SIZE = 32


def box(top, left, bottom, right, size=SIZE):
    mask = torch.zeros(size, size, dtype=torch.bool)
    mask[top:bottom, left:right] = True
    return mask


def state(studio):
    return studio.picture.clone(), studio.mask.clone(), studio.result.clone()


def same(studio, expected):
    return all(torch.equal(a, b) for a, b in zip(state(studio), expected, strict=True))


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
        assert ask(studio, number, action="mask", bits=mask_to_text(box(5, 3, 9, right)), gesture="a")["undo"] == 1
    first = state(studio)
    assert ask(studio, 4, action="mask", bits=mask_to_text(box(5, 3, 19, 12)), gesture="b")["undo"] == 2
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
    answer = ask(studio, 12, action="mask", bits=mask_to_text(box(0, 0, 9, 9)), gesture="b")
    assert (answer["undo"], answer["redo"]) == (2, 0), "a new change forgets the undone ones, even of the same name"
    assert len(studio.latencies_ms) == 12


def test_what_changes_nothing_is_no_step(studio):
    ask(studio, 1, action="mask", bits=mask_to_text(box(0, 0, 0, 0)), gesture="a")
    studio.clear()
    studio.choose(0)
    assert json.loads(studio.response)["undo"] == 0
    ask(studio, 2, action="mask", bits=mask_to_text(box(0, 0, 2, 2)), gesture="a")
    assert ask(studio, 3, action="mask", bits=mask_to_text(box(0, 0, 2, 2)), gesture="a")["undo"] == 1


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
@pytest.mark.parametrize("wish", [
        {"action": "_show"}, {"action": "paint"}, {"action": "mask"}, {"action": "mask", "bits": 7}, {"action": "mask", "bits": ""}, {"action": "mask", "bits": "%%%"},
        {"action": "mask", "bits": "Käse"}, {"action": "mask", "bits": "QUJD"}, {"action": "mask", "bits": text(bytes(127))},
        {"action": "mask", "bits": text(bytes(129))}, {"action": "choose"}, {"action": "choose", "index": 8},
        {"action": "choose", "index": -1}, {"action": "choose", "index": True}, {"action": "choose", "index": "0"},
        {"action": "choose", "index": 1.0}, {"action": "choose", "index": [0] * 500}, {"action": "upload"},
        {"action": "upload", "data": None}, {"action": "upload", "data": "no base64!"}, {"action": "upload", "data": {}},
], ids=lambda wish: str(wish)[:60])  # fmt: skip
def test_a_malformed_request_is_one_sentence_and_loses_nothing(studio, wish):
    studio.paint(box(2, 2, 9, 9))
    before, past = state(studio), json.loads(studio.response)["undo"]
    answer = ask(studio, 5, **wish)
    assert is_one_sentence(answer["message"]), answer["message"]
    assert len(answer["message"]) < 300
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


# --- a person's own files: what is true of any studio is tested with the kit ----------------------------------------
@pytest.mark.parametrize("name", FILES)
def test_files_as_people_have_them_are_taken(studio, name):
    studio.paint(box(1, 1, 5, 5))
    answer = ask(studio, 1, action="upload", data=text(FILES[name]))
    assert (answer["message"], answer["chosen"], answer["missing"]) == ("", None, 0)
    assert studio.picture.shape == (3, SIZE, SIZE)
    assert pixels(studio.original) == to_pil(studio.picture).tobytes()
    ask(studio, 2, action="mask", bits=mask_to_text(box(4, 4, 20, 20)))
    assert torch.equal(studio.result[:, ~studio.mask], studio.picture[:, ~studio.mask])


def test_a_phones_rotation_is_applied(studio):
    exif = Image.Exif()
    exif[0x0112] = 6
    studio.upload(saved(Image.fromarray(sides()), "JPEG", exif=exif, quality=95))
    expected = to_tensor(fit_square(Image.fromarray(sides()).transpose(Image.Transpose.ROTATE_270), SIZE))
    assert float((studio.picture - expected).abs().mean()) < 0.05
    assert float(studio.picture[0, :12].mean()) > 0.7, "orange is on top"
    assert float(studio.picture[0, -12:].mean()) < -0.9


def test_a_file_in_pieces_is_the_same_file_and_a_broken_one_loses_nothing(studio):
    file = FILES["PNG"]
    cut = len(file) // 2
    studio.paint(box(1, 1, 5, 5))
    before = state(studio)
    assert ask(studio, 1, action="upload", data=text(file[:cut]), first=True, more=True) == {"id": 1, "more": True}
    assert same(studio, before)
    assert not ask(studio, 2, action="upload", data=text(file[cut:]), first=False, more=False)["message"]
    pieces = state(studio)
    studio.undo()
    studio.upload(file)
    assert same(studio, pieces)
    assert is_one_sentence(ask(studio, 3, action="upload", data=text(file[:-200]))["message"])
    assert same(studio, pieces)
    with pytest.raises(ValueError, match="damaged or cut short"):
        studio.upload(file[:-200])
    assert same(studio, pieces)
    # and goes on
    ask(studio, 4, action="mask", bits=mask_to_text(box(4, 4, 20, 20)))
    assert not torch.equal(studio.result, studio.picture)


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
