"""Every kind of file a person may give to InpaintStudio, whole and broken."""

import random

import numpy as np
import pytest
import torch
from _broken_pictures import FILES, huge_png, mutated, saved
from _studio import SIZE, ask, box, is_one_sentence, pixels, same, state, text
from PIL import Image

from ganlab.images import fit_square, to_pil, to_tensor
from ganlab.widgets._inpaint_messages import mask_to_text


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
    sides = np.zeros((64, 64, 3), np.uint8)
    sides[:, :32] = (230, 159, 0)  # orange on the left, black on the right
    exif = Image.Exif()
    exif[0x0112] = 6
    studio.upload(saved(Image.fromarray(sides), "JPEG", exif=exif, quality=95))
    expected = to_tensor(fit_square(Image.fromarray(sides).transpose(Image.Transpose.ROTATE_270), SIZE))
    assert float((studio.picture - expected).abs().mean()) < 0.05
    assert float(studio.picture[0, :12].mean()) > 0.7, "orange is on top"
    assert float(studio.picture[0, -12:].mean()) < -0.9


def test_a_file_in_pieces_is_the_same_file(studio):
    file = FILES["PNG"]
    cut = len(file) // 3
    for number, (start, more) in enumerate(((0, True), (cut, True), (2 * cut, False)), 1):
        before = state(studio)
        piece = file[start : start + cut] if more else file[start:]
        answer = ask(studio, number, action="upload", data=text(piece), first=start == 0, more=more)
        assert answer == {"id": number, "more": True} if more else not answer["message"]
        assert same(studio, before) == more
    pieces = state(studio)
    studio.undo()
    studio.upload(file)
    assert same(studio, pieces)
    assert is_one_sentence(ask(studio, 9, action="upload", data=text(file), first=False)["message"])
    assert same(studio, pieces)


def test_files_that_are_too_large_are_refused_before_they_are_kept(studio):
    studio._arriving.max_bytes = studio.MAX_BYTES = 1000
    before = state(studio)
    answer = ask(studio, 1, action="upload", data=text(bytes(999)), first=True, more=True)
    answer = ask(studio, 2, action="upload", data=text(bytes(2)), first=False, more=True)
    assert is_one_sentence(answer["message"])
    assert "at most 0 MB" in answer["message"]
    with pytest.raises(ValueError, match="expected a file of at most"):
        studio.upload(bytes(1001))
    assert same(studio, before)


def test_five_hundred_broken_files_end_in_a_picture_or_in_one_sentence(studio):
    rng = random.Random(7)
    refused = 0
    for number in range(1, 501):
        if number % 100 == 1:
            studio.paint(box(2, 2, 9, number % 7 + 9))
        before = state(studio)
        answer = ask(studio, number, action="upload", data=text(mutated(rng)))
        if answer["message"]:
            refused += 1
            assert is_one_sentence(answer["message"]), answer["message"]
            assert same(studio, before), "nothing is lost"
        else:
            assert pixels(answer["image"]) == to_pil(studio.picture).tobytes()
            assert studio.missing == 0
    assert 200 < refused < 480
    ask(studio, 501, action="upload", data=text(FILES["JPEG"]))
    ask(studio, 502, action="mask", bits=mask_to_text(box(4, 4, 20, 20)))
    assert not torch.equal(studio.result, studio.picture)


@pytest.mark.parametrize(("file", "part"), [
    (b"", "expected a PNG, JPEG, WebP, GIF, BMP or TIFF, got none."),
    (huge_png(20_000, 20_000), "expected at most 50 million pixels, got more."),
    (huge_png(9000, 9000), "at most 50 million pixels, got 9000 x 9000; make it smaller first."),
    (FILES["PNG"][:-200], "damaged or cut short"),
    (b"\0\0\0\x18ftypheic" + bytes(30), "HEIC cannot be read; export the picture as JPEG first."),
], ids=["empty", "gigantic", "huge", "cut short", "HEIC"])  # fmt: skip
def test_a_refusal_says_why(studio, file, part):
    message = ask(studio, 1, action="upload", data=text(file))["message"]
    assert is_one_sentence(message)
    assert message.startswith("Sorry, this picture cannot be used: ")
    assert part in message
