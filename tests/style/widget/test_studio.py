"""StyleStudio's Python side: what the page asks for, what programs can do, and requests of every kind."""

import json
from collections import deque

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from PIL import Image, ImageOps

from ganlab import widgets
from ganlab.features.encoder import AdaINConfig, Encoder
from ganlab.images import open_picture, to_pil, to_tensor
from ganlab.style.methods import keep_colours
from ganlab.style.networks import Decoder
from ganlab.style.transfer import StyleTransfer
from ganlab.style.widget import painter
from ganlab.style.widget.corners import pad_weights
from ganlab.widgets.kit.show import WIDGET_VIEW, mimebundle
from ganlab.widgets.kit.values import regions_to_runs, runs_to_regions
from tests.widgets.asking import ask, is_one_sentence, pixels, sides, text
from tests.widgets.broken_pictures import FILES, saved

HEIGHT, WIDTH = 36, 50  # neither square nor multiples of the stride


def smooth(*shape, seed=0):
    coarse = torch.rand(*shape[:-2], 6, 6, generator=torch.Generator().manual_seed(seed)) * 2 - 1
    return F.interpolate(coarse.reshape(-1, 3, 6, 6), shape[-2:], mode="bilinear").reshape(shape)


@pytest.fixture(scope="module")
def network():
    torch.manual_seed(0)
    config = AdaINConfig(widths=(8, 16, 16, 16))
    return StyleTransfer(Encoder(config), Decoder(config)).eval().requires_grad_(False)


@pytest.fixture
def make(network, monkeypatch):
    """A studio with small pictures, in float32: so its numbers can be compared with the network's own."""
    monkeypatch.setattr(painter, "mixed_precision_dtype", lambda device: None)
    styles = {
        name: smooth(3, 40, 32 + 4 * k, seed=k + 5)
        for k, name in enumerate(("dots", "lines", "waves", "tiles", "wool"))
    }
    settings = {"contents": smooth(2, 3, HEIGHT, WIDTH), "styles": styles, "size": 50}
    return lambda **more: widgets.StyleStudio(network, **{**settings, **more})


@pytest.fixture
def studio(make):
    return make()


@pytest.fixture
def calls(network):
    """How often encoder and decoder were called."""
    found = {"encoder": 0, "decoder": 0}

    def count(name):
        return lambda *_: found.update({name: found[name] + 1})

    hooks = [
        network.encoder.convs[0].register_forward_hook(count("encoder")),
        network.decoder.register_forward_hook(count("decoder")),
    ]
    yield found
    for hook in hooks:
        hook.remove()


def close(a, b, atol=1e-4):
    return torch.allclose(a, b, rtol=0, atol=atol)


def expected(studio, weights, alpha=1.0):
    with torch.no_grad():
        return studio.network.mix(
            studio.picture[None], [s.picture[None] for s in studio.look.styles], weights, alpha
        )[0].clamp(-1, 1)


# --- what is painted ------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("pad", [(0, 0), (1, 0), (0, 1), (1, 1), (0.5, 0.5), (0.2, 0.7)])
def test_the_pad_mixes_what_the_network_mixes(studio, pad):
    answer = ask(studio, 1, action="adjust", pad=list(pad))
    assert not answer["message"]
    assert answer["pad"] == list(pad)
    assert studio.result.shape == (3, HEIGHT, WIDTH)
    assert close(studio.result, expected(studio, pad_weights(*pad)))
    if max(pad_weights(*pad)) == 1:
        style = studio.look.styles[pad_weights(*pad).index(1)].picture
        assert close(studio.result, studio.network(studio.picture[None], style[None])[0].clamp(-1, 1))
    assert pixels(answer["image"]) == to_pil(studio.result).tobytes(), "the page has exactly the kernel's picture"


def test_no_strength_is_the_autoencoders_reconstruction(studio):
    full = studio.result
    ask(studio, 1, action="adjust", alpha=0)
    features = studio.network.encode(studio.picture[None])
    assert close(studio.result, studio.network.decoder(features)[0, :, :HEIGHT, :WIDTH].clamp(-1, 1))
    ask(studio, 2, action="adjust", alpha=0.4)
    assert close(studio.result, expected(studio, pad_weights(0.25, 0.25), alpha=0.4))
    assert not close(studio.result, full)


def test_painted_regions_hold_their_corner_alone(studio):
    regions = torch.zeros(HEIGHT, WIDTH, dtype=torch.uint8)
    regions[:20, 10:30], regions[24:, :9] = 2, 4
    answer = ask(studio, 1, action="paint", runs=regions_to_runs(regions))
    assert not answer["message"]
    assert torch.equal(studio.regions, regions)
    assert torch.equal(runs_to_regions(answer["runs"], HEIGHT, WIDTH, 4), regions), (
        "the page gets what the kernel has"
    )
    maps = torch.stack(
        [torch.where(regions == 0, w, (regions == k).float()) for k, w in enumerate(pad_weights(0.25, 0.25), 1)]
    )
    assert close(studio.result, expected(studio, maps))
    studio.paint(torch.full((HEIGHT, WIDTH), 3))
    assert close(studio.result, expected(studio, (0, 0, 1, 0)))
    painted = studio.result
    ask(studio, 2, action="adjust", pad=[1, 1])
    assert torch.equal(studio.result, painted), "the pad says nothing where everything is painted"
    ask(studio, 3, action="clear")
    assert close(studio.result, expected(studio, (0, 0, 0, 1)))


def test_the_colours_may_stay(studio):
    plain = studio.result
    ask(studio, 1, action="adjust", keep_colours=True)
    assert close(studio.result, keep_colours(plain[None], studio.picture[None])[0])
    ask(studio, 2, action="adjust", keep_colours=False)
    assert torch.equal(studio.result, plain)


def test_the_styles_scale_changes_the_size_of_their_marks(studio):
    plain = studio.result
    ask(studio, 1, action="adjust", pad=[1, 0], style_scale=2)
    style = studio.look.styles[1].picture[None]
    assert style.shape[2:] == (40, 36)
    larger = F.interpolate(style, (80, 72), mode="bicubic", antialias=True).clamp(-1, 1)
    assert close(studio.result, studio.network(studio.picture[None], larger)[0].clamp(-1, 1))
    ask(studio, 2, action="adjust", style_scale=0.5)
    smaller = F.interpolate(style, (20, 18), mode="bicubic", antialias=True).clamp(-1, 1)
    assert close(studio.result, studio.network(studio.picture[None], smaller)[0].clamp(-1, 1))
    ask(studio, 3, action="adjust", pad=[0.25, 0.25], style_scale=1)
    assert torch.equal(studio.result, plain)


def test_mixed_precision_paints_the_same_within_a_few_grey_levels(studio, network, monkeypatch):
    monkeypatch.setattr(painter, "mixed_precision_dtype", lambda device: torch.bfloat16)
    other = widgets.StyleStudio(
        network, contents=studio.picture[None], styles={s.name: s.picture for s in studio._styles}, size=50
    )
    assert other.result.dtype == torch.float32
    assert 0 < float((other.result - studio.result).abs().mean()) < 6 / 255


# --- what is remembered -----------------------------------------------------------------------------------------------
def test_a_frame_costs_one_decode(studio, calls):
    for number, wish in enumerate(
        ({"pad": [0.9, 0.1]}, {"pad": [1, 1]}, {"alpha": 0.5}, {"alpha": 0}, {"keep_colours": True}), 1
    ):
        ask(studio, number, action="adjust", **wish)
        assert calls == {"encoder": 0, "decoder": number}
    studio.paint(torch.eye(WIDTH)[:HEIGHT] * 2)
    assert calls == {"encoder": 0, "decoder": 6}
    ask(studio, 7, action="style", corner="B", index=4)
    ask(studio, 8, action="style", corner="C", index=4)
    assert calls == {"encoder": 1, "decoder": 8}, "one style in two corners is encoded once"
    ask(studio, 9, action="content", index=1)
    assert calls["encoder"] == 2
    for number in range(10, 19):
        ask(studio, number, action="undo")
    assert json.loads(studio.response)["undo"] == 0
    ask(studio, 20, action="content", index=1)
    assert calls["encoder"] == 2, "nothing is encoded again"
    ask(studio, 21, action="adjust", style_scale=2)
    ask(studio, 22, action="adjust", style_scale=1)
    ask(studio, 23, action="adjust", style_scale=2)
    assert calls["encoder"] == 6
    before = dict(calls)
    ask(studio, 24, action="look")
    ask(studio, 25, action="adjust", style_scale=2)
    assert calls == before, "what changes nothing is not painted"


def test_a_gesture_is_one_step_back(studio):
    first = studio.result
    for number, x in enumerate((0.3, 0.4, 0.5), 1):
        assert ask(studio, number, action="adjust", pad=[x, 0.2], gesture="a")["undo"] == 1
    assert ask(studio, 4, action="adjust", alpha=0.5, gesture="b")["undo"] == 2
    second = studio.result
    assert ask(studio, 5, action="undo")["alpha"] == 1
    assert ask(studio, 6, action="undo")["pad"] == [0.25, 0.25]
    assert torch.equal(studio.result, first)
    ask(studio, 7, action="undo")
    ask(studio, 8, action="redo")
    assert ask(studio, 9, action="redo")["redo"] == 0
    assert torch.equal(studio.result, second)
    ask(studio, 10, action="undo")
    answer = ask(studio, 11, action="adjust", alpha=0.2, gesture="b")
    assert (answer["undo"], answer["redo"]) == (2, 0), "a new change forgets the undone ones, even of the same name"
    assert len(studio.latencies_ms) == 11
    for x in range(60):
        studio.adjust(pad=(x / 60, 0))
    assert json.loads(studio.response)["undo"] == studio.HISTORY


def test_another_content_has_no_regions_and_undo_brings_them_back(make):
    studio = make(contents=None, size=64)
    studio.paint(torch.ones(64, 64))
    painted = studio.result
    answer = ask(studio, 1, action="content", index=3)
    assert (answer["content"], answer["runs"], answer["width"]) == (3, [0, 64 * 64], 64)
    assert pixels(studio.original) == to_pil(studio.picture).tobytes()
    assert ask(studio, 2, action="undo")["runs"] == [1, 64 * 64]
    assert torch.equal(studio.result, painted)
    assert pixels(studio.original) == to_pil(studio.picture).tobytes(), "the page has the picture of before again"


def test_another_size_takes_the_regions_along(make):
    studio = make(contents=smooth(1, 3, 300, 200), size=60)
    assert studio.picture.shape == (3, 60, 40)
    regions = torch.zeros(60, 40)
    regions[:30, 20:] = 4
    studio.paint(regions)
    answer = ask(studio, 1, action="size", size=256)
    assert (answer["height"], answer["width"], answer["size"]) == (256, 171, 256)
    assert float((studio.regions == 4).float().mean()) == pytest.approx(0.25, abs=0.01)
    assert studio.regions[10, 160] == 4
    assert ask(studio, 2, action="size", size=512)["height"] == 300, "a picture is never made larger"
    assert ask(studio, 3, action="undo")["height"] == 256


# --- requests that are none: what is true of any widget is tested with the kit ---------------------------------------
@pytest.mark.parametrize("wish", [
        {"action": "_show"}, {"action": "adjust", "alpha": 1.5}, {"action": "adjust", "alpha": "1"},
        {"action": "adjust", "alpha": True}, {"action": "adjust", "alpha": float("nan")}, {"action": "adjust", "alpha": 10**400}, {"action": "adjust", "pad": 3}, {"action": "adjust", "pad": [0.5]},
        {"action": "adjust", "pad": [0.5, -0.1]}, {"action": "adjust", "pad": [0.5, None]}, {"action": "adjust", "style_scale": 3},
        {"action": "adjust", "style_scale": True}, {"action": "adjust", "style_scale": [2] * 500}, {"action": "adjust", "keep_colours": 1},
        {"action": "paint"}, {"action": "paint", "runs": "0"}, {"action": "paint", "runs": []}, {"action": "paint", "runs": [0, 1799]},
        {"action": "paint", "runs": [0, 1800, 1]}, {"action": "paint", "runs": [5, 1800]}, {"action": "paint", "runs": [-1, 1800]},
        {"action": "paint", "runs": [0, 1801, 1, -1]}, {"action": "paint", "runs": [0, 10**300]}, {"action": "paint", "runs": [True, 1800]},
        {"action": "paint", "runs": [0.0, 1800]}, {"action": "content"}, {"action": "content", "index": 2}, {"action": "content", "index": True},
        {"action": "style", "corner": "E", "index": 0}, {"action": "style", "corner": "", "index": 0}, {"action": "style", "corner": ["A"], "index": 0},
        {"action": "style", "corner": "A", "index": 5}, {"action": "style", "index": 0}, {"action": "size"}, {"action": "size", "size": 100},
        {"action": "size", "size": "256"}, {"action": "upload"}, {"action": "upload", "data": {}}, {"action": "upload", "data": "no base64!"},
        {"action": "upload", "corner": "F", "data": ""}, {"action": "upload", "corner": {}, "data": ""}, {"action": "upload", "corner": "AB", "data": ""},
], ids=lambda wish: str(wish)[:60])  # fmt: skip
def test_a_malformed_request_is_one_sentence_and_loses_nothing(studio, wish):
    studio.adjust(alpha=0.5)
    look, result = studio.look, studio.result
    answer = ask(studio, 5, **wish)
    assert is_one_sentence(answer["message"]), answer["message"]
    assert len(answer["message"]) < 300
    assert answer["undo"] == 1
    assert studio.look is look
    assert studio.result is result
    assert ask(studio, 6, action="undo")["alpha"] == 1
    assert ask(studio, 7, action="look")["message"] == ""


def test_a_network_that_has_diverged_is_said_to_fail(studio, network, monkeypatch):
    look, bias = studio.look, network.decoder.layers[-1].bias
    monkeypatch.setattr(bias, "data", torch.full_like(bias, torch.nan))
    assert (
        ask(studio, 1, action="adjust", alpha=0.3)["message"] == "Sorry, this could not be done (FloatingPointError)."
    )
    assert studio.look is look
    assert json.loads(studio.response)["undo"] == 0


def test_regions_as_programs_have_them(studio):
    for made in (
        torch.eye(50)[:36],
        np.eye(36, 50, dtype=bool),
        torch.eye(50, dtype=torch.int64)[:36],
    ):
        studio.clear()
        studio.paint(made)
        assert int(studio.regions.sum()) == 36
    for wrong, part in (
        (torch.zeros(3, 3), r"expected an array \(36, 50\), got \(3, 3\)"),
        ([[0]], "got list"),
        (torch.full((36, 50), 0.5), "got others"),
    ):
        with pytest.raises(ValueError, match=part):
            studio.paint(wrong)


# --- a person's own files: what is true of any studio is tested with the kit ------------------------------------------
@pytest.mark.parametrize("name", FILES)
def test_contents_as_people_have_them_are_taken_in_their_own_proportions(studio, name):
    studio.paint(torch.ones(HEIGHT, WIDTH))
    answer = ask(studio, 1, action="upload", data=text(FILES[name]))
    assert (answer["message"], answer["content"]) == ("", None)
    width, height = open_picture(FILES[name]).size
    factor = min(1, 50 / max(width, height))
    assert (answer["width"], answer["height"]) == (round(width * factor), round(height * factor))
    assert answer["runs"] == [0, answer["width"] * answer["height"]]
    assert pixels(studio.original) == to_pil(studio.picture).tobytes()
    assert pixels(answer["image"]) == to_pil(studio.result).tobytes()


@pytest.mark.parametrize("name", FILES)
def test_styles_as_people_have_them_are_taken(studio, name):
    before = studio.look
    answer = ask(studio, 1, action="upload", corner="C", data=text(FILES[name]))
    assert (answer["message"], answer["undo"]) == ("", 1)
    assert [a is b for a, b in zip(studio.look.styles, before.styles, strict=True)] == [True, True, False, True]
    corner = json.loads(studio.corners)[2]
    assert (corner["name"], corner["index"]) == ("your picture", None)
    for number, scale in enumerate((0.5, 2), 2):
        assert not ask(studio, number, action="adjust", style_scale=scale)["message"]


def test_a_phones_rotation_is_applied(studio):
    exif = Image.Exif()
    exif[0x0112] = 6
    studio.upload_content(saved(Image.fromarray(sides()), "JPEG", exif=exif, quality=95))
    assert studio.picture.shape == (3, 50, 27)
    assert float(studio.picture[0, :20].mean()) > 0.7, "orange is on top"
    assert float(studio.picture[0, -20:].mean()) < -0.9


def test_large_files_are_kept_for_the_larger_size(studio):
    y, x = np.mgrid[0:1:700j, 0:1:1000j]
    large = Image.fromarray((np.stack([x, y, 1 - x], axis=-1) * 255).astype(np.uint8))
    studio.upload_content(saved(large, "PNG"))
    assert studio.picture.shape == (3, 35, 50)
    studio.resize(512)
    assert torch.equal(studio.picture, to_tensor(ImageOps.contain(large, (512, 512), Image.Resampling.LANCZOS)))
    studio.upload_style("A", saved(large, "PNG"))
    assert (studio.look.styles[0].picture.shape, studio.look.styles[0].side) == ((3, 358, 512), 256)


def test_files_in_pieces_do_not_mix(studio):
    file = FILES["PNG"]
    cut = len(file) // 2
    look = studio.look
    assert ask(studio, 1, action="upload", data=text(file[:cut]), first=True, more=True) == {"id": 1, "more": True}
    assert ask(studio, 2, action="upload", corner="B", data=text(file[:cut]), first=True, more=True)["more"]
    assert studio.look is look
    assert not ask(studio, 3, action="upload", data=text(file[cut:]), first=False, more=False)["message"]
    assert studio.look.content.name == "your picture"
    assert not ask(studio, 4, action="upload", corner="B", data=text(file[cut:]), first=False)["message"]
    assert torch.equal(studio.look.styles[1].picture, studio.look.content.picture)
    assert is_one_sentence(ask(studio, 5, action="upload", corner="B", data=text(file), first=False)["message"])


@pytest.mark.parametrize("corner", ["", "D"])
def test_a_broken_file_is_refused_and_loses_nothing(studio, corner):
    look, result = studio.look, studio.result
    message = ask(studio, 1, action="upload", corner=corner, data=text(FILES["PNG"][:-200]))["message"]
    assert is_one_sentence(message)
    assert message.startswith("Sorry, this picture cannot be used: ")
    with pytest.raises(ValueError, match="damaged or cut short"):
        studio.upload_style(corner, FILES["PNG"][:-200]) if corner else studio.upload_content(FILES["PNG"][:-200])
    assert studio.look is look
    assert studio.result is result
    assert not ask(studio, 2, action="upload", corner=corner, data=text(FILES["JPEG"]))["message"]


def test_what_the_history_has_forgotten_is_not_kept(studio):
    studio._past = deque(maxlen=2)
    for _ in range(6):
        studio.upload_content(FILES["PNG"])
        studio.upload_style("A", FILES["JPEG"])
    assert len(studio._painter._contents) <= 2 + 3
    assert len(studio._painter._styles) <= 5 + 3


# --- making one, and a page without a kernel ----------------------------------------------------------------------------
@pytest.mark.parametrize(("settings", "message"), [
    ({"network": torch.nn.Linear(2, 2)}, "expected a StyleTransfer for pictures with 3 channels"),
    ({"contents": torch.zeros(3, 32, 31)}, r"expected contents \(N, 3, H, W\), got \(3, 32, 31\)"),
    ({"contents": torch.zeros(0, 3, 32, 32)}, "at least one content"),
    ({"contents": torch.zeros(1, 1, 32, 32)}, r"expected 'picture 1' as \(3, H, W\), got \(1, 32, 32\)"),
    ({"contents": torch.full((1, 3, 32, 32), torch.nan)}, r"values in \[-1, 1\]"),
    ({"styles": {}}, "at least one style"),
    ({"styles": {"mine": torch.zeros(1, 3, 32, 32)}}, r"expected 'mine' as \(3, H, W\), got \(1, 3, 32, 32\)"),
    ({"size": 8}, "a size from 16 to 512 pixels, got 8"),
    ({"size": 64.0}, "got 64.0"),
])  # fmt: skip
def test_wrong_beginnings_are_one_sentence(network, settings, message):
    small = {"contents": torch.zeros(1, 3, 16, 16), "styles": {"grey": torch.zeros(3, 16, 16)}}
    with pytest.raises(ValueError, match=message):
        widgets.StyleStudio(**{"network": network, **small, **settings})


def test_one_style_is_in_all_corners(make):
    assert [style.name for style in make(styles={"grey": torch.zeros(3, 16, 16)}).look.styles] == ["grey"] * 4


def test_one_output_serves_pages_with_and_without_a_kernel(studio, capsys):
    studio.adjust(pad=(0, 0.25), alpha=0.5, keep_colours=True)
    studio.paint(torch.full((HEIGHT, WIDTH), 2))
    bundle = mimebundle(studio)
    assert bundle[WIDGET_VIEW]["model_id"] == studio.model_id
    assert bundle["text/plain"].endswith(
        "which is picture 1 in 75% dots (A), 25% waves (C), at 50% strength, in its own colours, with places painted in B alone."
    )
    assert studio.static_picture().size == (3 * 256 + 4 * 12, 30 + 256 + 12)
    widgets.show(studio)
    assert studio.alt_text in capsys.readouterr().out


def test_the_shipped_network_paints():
    studio = widgets.StyleStudio()
    answer = ask(studio, 1, action="adjust", alpha=0)
    assert float((studio.result - studio.picture).abs().mean()) < 0.15, "without a style it is nearly the picture"
    reconstruction = studio.result
    answer = ask(studio, 2, action="adjust", alpha=1)
    assert not answer["message"]
    assert float((studio.result - reconstruction).abs().mean()) > 0.1
