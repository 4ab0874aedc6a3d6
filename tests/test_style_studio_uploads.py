"""Every kind of file a person may give to StyleStudio, as content and as style, whole and broken."""

import json
import random
from collections import deque

import numpy as np
import pytest
import torch
from _broken_pictures import FILES, huge_png, mutated, saved
from _studio import ask, is_one_sentence, pixels, text
from PIL import Image, ImageOps

from ganlab import widgets
from ganlab.features.encoder import AdaINConfig, Encoder
from ganlab.images import open_picture, to_pil, to_tensor
from ganlab.style.networks import Decoder
from ganlab.style.transfer import StyleTransfer


@pytest.fixture(scope="module")
def network():
    torch.manual_seed(0)
    config = AdaINConfig(widths=(4, 8, 8, 8))
    return StyleTransfer(Encoder(config), Decoder(config)).eval().requires_grad_(False)


@pytest.fixture
def studio(network):
    styles = {name: torch.rand(3, 24, 24) * 2 - 1 for name in "abcd"}
    return widgets.StyleStudio(network, contents=torch.zeros(1, 3, 32, 32), styles=styles, size=32)


@pytest.mark.parametrize("name", FILES)
def test_contents_as_people_have_them_are_taken_in_their_own_proportions(studio, name):
    studio.paint(torch.ones(32, 32))
    answer = ask(studio, 1, action="upload", data=text(FILES[name]))
    assert (answer["message"], answer["content"]) == ("", None)
    width, height = open_picture(FILES[name]).size
    factor = min(1, 32 / max(width, height))
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
    sides = np.zeros((32, 60, 3), np.uint8)
    sides[:, :30] = (230, 159, 0)  # orange on the left, black on the right
    exif = Image.Exif()
    exif[0x0112] = 6
    studio.upload_content(saved(Image.fromarray(sides), "JPEG", exif=exif, quality=95))
    assert studio.picture.shape == (3, 32, 17)
    assert float(studio.picture[0, :12].mean()) > 0.7, "orange is on top"
    assert float(studio.picture[0, -12:].mean()) < -0.9


def test_large_files_are_kept_for_the_larger_size(studio):
    y, x = np.mgrid[0:1:700j, 0:1:1000j]
    large = Image.fromarray((np.stack([x, y, 1 - x], axis=-1) * 255).astype(np.uint8))
    studio.upload_content(saved(large, "PNG"))
    assert studio.picture.shape == (3, 22, 32)
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


def test_files_that_are_too_large_are_refused_before_they_are_kept(studio):
    studio._arriving["A"].max_bytes = studio.MAX_BYTES = 1000
    look = studio.look
    ask(studio, 1, action="upload", corner="A", data=text(bytes(999)), first=True, more=True)
    message = ask(studio, 2, action="upload", corner="A", data=text(bytes(2)), first=False, more=True)["message"]
    assert is_one_sentence(message)
    assert "at most 0 MB" in message
    for upload in (studio.upload_content, lambda file: studio.upload_style("A", file)):
        with pytest.raises(ValueError, match="expected a file of at most"):
            upload(bytes(1001))
    assert studio.look is look


def test_five_hundred_broken_files_end_in_a_picture_or_in_one_sentence(studio):
    rng = random.Random(7)
    refused = 0
    for number in range(1, 501):
        look, result = studio.look, studio.result
        corner = {"corner": "ABCD"[number // 2 % 4]} if number % 2 else {}
        answer = ask(studio, number, action="upload", data=text(mutated(rng)), **corner)
        if answer["message"]:
            refused += 1
            assert is_one_sentence(answer["message"]), answer["message"]
            assert studio.look is look, "nothing is lost"
            assert studio.result is result
        else:
            assert pixels(answer["image"]) == to_pil(studio.result).tobytes()
    assert 200 < refused < 480
    assert not ask(studio, 501, action="upload", data=text(FILES["JPEG"]))["message"]
    assert not ask(studio, 502, action="adjust", pad=[1, 0])["message"]


def test_what_the_history_has_forgotten_is_not_kept(studio):
    studio._past = deque(maxlen=2)
    for _ in range(6):
        studio.upload_content(FILES["PNG"])
        studio.upload_style("A", FILES["JPEG"])
    assert len(studio._painter._contents) <= 1 + 3
    assert len(studio._painter._styles) <= 4 + 3


@pytest.mark.parametrize(("file", "part"), [
    (b"", "expected a PNG, JPEG, WebP, GIF, BMP or TIFF, got none."),
    (huge_png(20_000, 20_000), "expected at most 50 million pixels, got more."),
    (FILES["PNG"][:-200], "damaged or cut short"),
    (b"\0\0\0\x18ftypheic" + bytes(30), "HEIC cannot be read; export the picture as JPEG first."),
], ids=["empty", "gigantic", "cut short", "HEIC"])  # fmt: skip
@pytest.mark.parametrize("corner", ["", "D"])
def test_a_refusal_says_why(studio, corner, file, part):
    message = ask(studio, 1, action="upload", corner=corner, data=text(file))["message"]
    assert is_one_sentence(message)
    assert message.startswith("Sorry, this picture cannot be used: ")
    assert part in message
