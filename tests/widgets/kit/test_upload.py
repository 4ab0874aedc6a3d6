"""Every kind of file that a person may give to a studio, whole and broken: tested once, for all studios take files this way."""

import random

import numpy as np
import pytest
from PIL import Image

from ganlab.images import PictureError, open_picture
from ganlab.widgets.kit.session import Session
from ganlab.widgets.kit.upload import Upload
from tests.widgets.asking import ask, is_one_sentence, sides, text
from tests.widgets.broken_pictures import FILES, huge_png, mutated, saved


class Frame(Session):
    """The smallest of studios: it shows the size of the picture that it has been given."""

    size = (0, 0)

    def __init__(self):
        super().__init__()
        self.upload = Upload()
        self._show()

    def _actions(self):
        return {"upload": lambda wish: self._receive(wish, self.upload, self.take)}

    def _content(self):
        return {"size": self.size}

    def take(self, picture):
        self.size = picture.size


@pytest.fixture
def frame():
    return Frame()


@pytest.mark.parametrize("name", FILES)
def test_files_as_people_have_them_are_taken(frame, name):
    answer = ask(frame, 1, action="upload", data=text(FILES[name]))
    assert (answer["message"], answer["size"]) == ("", list(open_picture(FILES[name]).size))


def test_a_phones_rotation_is_applied():
    exif = Image.Exif()
    exif[0x0112] = 6
    picture = Upload().open(saved(Image.fromarray(sides()), "JPEG", exif=exif, quality=95))
    assert picture.size == (32, 60)
    top, bottom = (np.asarray(picture.crop(box)).mean() for box in ((0, 0, 32, 25), (0, 35, 32, 60)))
    assert top > 100 > 10 > bottom, "orange is on top"


def test_a_file_in_pieces_is_the_same_file(frame):
    file = FILES["PNG"]
    cut = len(file) // 3
    for number, (start, more) in enumerate(((0, True), (cut, True), (2 * cut, False)), 1):
        piece = file[start : start + cut] if more else file[start:]
        answer = ask(frame, number, action="upload", data=text(piece), first=start == 0, more=more)
        assert answer == {"id": number, "more": True} if more else not answer["message"]
        assert frame.size == ((0, 0) if more else (48, 40))
    message = ask(frame, 9, action="upload", data=text(file), first=False)["message"]
    assert is_one_sentence(message)
    assert "the beginning of the file is missing" in message


def test_files_in_pieces_do_not_mix():
    one, other, cut = Upload(), Upload(), len(FILES["PNG"]) // 2
    for upload in (one, other):
        assert upload.take({"data": text(FILES["PNG"][:cut]), "first": True, "more": True}) is None
    for upload in (one, other):
        picture = upload.take({"data": text(FILES["PNG"][cut:]), "first": False})
        assert picture.tobytes() == open_picture(FILES["PNG"]).tobytes()


def test_a_piece_that_is_none_ends_this_file_and_the_next_may_begin(frame):
    for number, data in enumerate((None, {}, 7, "no base64!", "Käse", ["QUJD"]), 1):
        ask(frame, 10 * number, action="upload", data=text(FILES["PNG"][:50]), first=True, more=True)
        assert is_one_sentence(ask(frame, 10 * number + 1, action="upload", data=data, first=False)["message"])
        assert is_one_sentence(ask(frame, 10 * number + 2, action="upload", data=text(b"x"), first=False)["message"])
    assert frame.size == (0, 0)
    assert not ask(frame, 99, action="upload", data=text(FILES["PNG"]))["message"]


def test_files_that_are_too_large_are_refused_before_they_are_kept(frame):
    frame.upload.max_bytes = 1000
    ask(frame, 1, action="upload", data=text(bytes(999)), first=True, more=True)
    message = ask(frame, 2, action="upload", data=text(bytes(2)), first=False, more=True)["message"]
    assert is_one_sentence(message)
    assert "at most 0 MB" in message
    assert frame.upload._bytes is None
    with pytest.raises(PictureError, match="expected a file of at most"):
        frame.upload.open(bytes(1001))


def test_five_hundred_broken_files_end_in_a_picture_or_in_one_sentence(frame):
    rng = random.Random(7)
    refused = 0
    for number in range(1, 501):
        before = frame.size
        answer = ask(frame, number, action="upload", data=text(mutated(rng)))
        if answer["message"]:
            refused += 1
            assert is_one_sentence(answer["message"]), answer["message"]
            assert frame.size == before, "nothing is lost"
        else:
            assert answer["size"] == list(frame.size)
    assert 200 < refused < 480
    assert not ask(frame, 501, action="upload", data=text(FILES["JPEG"]))["message"]


@pytest.mark.parametrize(("file", "part"), [
    (b"", "expected a PNG, JPEG, WebP, GIF, BMP or TIFF, got none."),
    (huge_png(20_000, 20_000), "expected at most 50 million pixels, got more."),
    (huge_png(9000, 9000), "at most 50 million pixels, got 9000 x 9000; make it smaller first."),
    (FILES["PNG"][:-200], "damaged or cut short"),
    (b"\0\0\0\x18ftypheic" + bytes(30), "HEIC cannot be read; export the picture as JPEG first."),
], ids=["empty", "gigantic", "huge", "cut short", "HEIC"])  # fmt: skip
def test_a_refusal_says_why(frame, file, part):
    message = ask(frame, 1, action="upload", data=text(file))["message"]
    assert is_one_sentence(message)
    assert message.startswith("Sorry, this picture cannot be used: ")
    assert part in message


@pytest.fixture
def small(monkeypatch):
    """As on a computer that many share: a million pixels are kept of a picture."""
    monkeypatch.setattr(Upload, "keep", 1_000_000)


def striped(size, mode="RGB"):
    """Left half dark, right half light, with a mark at the top left."""
    picture = Image.new("L", size, 40)
    picture.paste(220, (size[0] // 2, 0, *size))
    picture.paste(130, (0, 0, size[0] // 8, size[1] // 8))
    return picture.convert(mode)


@pytest.mark.parametrize(("mode", "image_format"), [
    ("RGB", "JPEG"), ("L", "JPEG"), ("CMYK", "JPEG"), ("RGB", "PNG"), ("RGBA", "PNG"), ("P", "PNG"), ("1", "PNG"), ("LA", "PNG"),
    ("RGB", "WEBP"), ("RGB", "TIFF"), ("P", "GIF"), ("I", "TIFF"), ("F", "TIFF"),
])  # fmt: skip
def test_a_large_picture_is_the_same_picture_but_smaller(small, mode, image_format):
    file = saved(striped((1600, 1200), mode), image_format)
    picture = Upload().open(file)
    assert picture.mode == "RGB"
    assert 950_000 < picture.width * picture.height <= 1_000_000
    assert abs(picture.width / picture.height - 4 / 3) < 0.01
    # Seen from far away: what is black and white only is made of dots.
    seen, expected = (
        np.asarray(each.resize((64, 48), Image.Resampling.BOX), np.float32) for each in (picture, open_picture(file))
    )
    difference = np.abs(seen - expected)
    # Dots that are averaged sharply lose a little of what lies beyond black and white.
    assert np.median(difference) <= (10 if mode == "1" else 2)
    assert difference.max() < 30


def test_sixteen_bits_stay_in_proportion_when_made_smaller(small):
    values = np.linspace(0, 65535, 1500 * 1000).reshape(1000, 1500).astype(np.uint16)
    picture = np.asarray(Upload().open(saved(Image.fromarray(values), "PNG")), np.float32)
    assert np.abs(picture[[0, -1], 0, 0] - [0, 255]).max() <= 2
    assert abs(picture.mean() - 127.5) < 2


@pytest.mark.parametrize("progressive", [False, True])
def test_a_phones_photograph_is_taken_upright_and_small(small, progressive):
    exif = Image.Exif()
    exif[0x0112] = 6
    picture = Upload().open(saved(striped((8000, 6000)), "JPEG", exif=exif, quality=60, progressive=progressive))
    assert picture.size == (866, 1154)
    light = [np.asarray(picture.crop(box)).mean() for box in ((100, 250, 800, 500), (100, 650, 800, 1100))]
    assert light == [pytest.approx(40, abs=4), pytest.approx(220, abs=4)]
    assert 1 not in picture.getexif().values()


@pytest.mark.parametrize("size", [(1, 2_000_000), (20_000, 700), (3, 400_000), (1_000_001, 1), (1001, 1000)])
def test_no_proportion_is_kept_larger_than_it_may_be(small, size):
    picture = Upload().open(saved(Image.new("L", size, 90), "PNG"))
    assert picture.width * picture.height <= 1_000_000
    assert (picture.width > picture.height) == (size[0] > size[1])


@pytest.mark.parametrize("name", FILES)
def test_a_small_picture_is_the_same_where_large_ones_are_made_smaller(small, name):
    assert Upload().open(FILES[name]).tobytes() == open_picture(FILES[name]).tobytes()


@pytest.mark.parametrize(("file", "part"), [
    (huge_png(7000, 7000), "expected at most 16 million pixels where it is PNG and not JPEG, got 7000 x 7000; make it"),
    (saved(striped((8200, 6200)), "JPEG"), "expected at most 50 million pixels, got 8200 x 6200; make it smaller first"),
    (saved(striped((1600, 1200)), "JPEG")[:-500], "damaged or cut short"),
    (saved(striped((1600, 1200)), "PNG")[:-500], "damaged or cut short"),
    (b"", "expected a PNG, JPEG, WebP, GIF, BMP or TIFF, got none"),
], ids=["PNG", "JPEG", "cut JPEG", "cut PNG", "empty"])  # fmt: skip
def test_a_refusal_says_why_where_large_ones_are_made_smaller(small, frame, file, part):
    message = ask(frame, 1, action="upload", data=text(file))["message"]
    assert is_one_sentence(message)
    assert part in message


def test_broken_files_end_in_a_picture_or_in_one_sentence_where_large_ones_are_made_smaller(frame, monkeypatch):
    monkeypatch.setattr(Upload, "keep", 300)
    rng = random.Random(8)
    answers = [ask(frame, n, action="upload", data=text(mutated(rng))) for n in range(1, 301)]
    refused = [answer["message"] for answer in answers if answer["message"]]
    assert 100 < len(refused) < 290
    assert all(map(is_one_sentence, refused))
    assert all(answer["size"][0] * answer["size"][1] <= 300 for answer in answers)
