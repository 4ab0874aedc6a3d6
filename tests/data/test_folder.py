"""A person's own pictures: every kind of file ends as a picture or in the one warning."""

import io
import random
import struct
import subprocess
import warnings
import zlib

import numpy as np
import pytest
import torch
from PIL import Image

from ganlab import data
from ganlab.images import PictureError, open_picture

RED, BLUE = (220, 30, 30), (30, 30, 220)


def halves(width=40, height=24):
    """Red above, blue below: any rotation shows."""
    picture = Image.new("RGB", (width, height), RED)
    picture.paste(BLUE, (0, height // 2, width, height))
    return picture


def encoded(picture, kind, **settings):
    buffer = io.BytesIO()
    picture.save(buffer, kind, **settings)
    return buffer.getvalue()


def rotated_by_exif(orientation):
    """A file whose stored pixels need the rotation that its EXIF tag says."""
    undo = {3: Image.Transpose.ROTATE_180, 6: Image.Transpose.ROTATE_90, 8: Image.Transpose.ROTATE_270}[orientation]
    exif = Image.Exif()
    exif[0x0112] = orientation
    return encoded(halves().transpose(undo), "JPEG", quality=95, exif=exif)


def animated(kind):
    return encoded(halves(), kind, save_all=True, append_images=[Image.new("RGB", (40, 24), "green")])


def sixteen_bit():
    values = np.linspace(0, 65535, 40 * 24).reshape(24, 40).astype(np.uint16)
    return encoded(Image.fromarray(values), "PNG")


def transparent():
    picture = halves().convert("RGBA")
    picture.putalpha(Image.new("L", picture.size, 0))
    return encoded(picture, "PNG")


KINDS = {
    "rgb.png": encoded(halves(), "PNG"),
    "photo.jpg": encoded(halves(), "JPEG", quality=95),
    "web.webp": encoded(halves(), "WEBP", lossless=True),
    "old.bmp": encoded(halves(), "BMP"),
    "scan.tif": encoded(halves(), "TIFF"),
    "print.jpg": encoded(halves().convert("CMYK"), "JPEG", quality=95),
    "palette.png": encoded(halves().quantize(4), "PNG"),
    "palette-transparent.png": encoded(halves().quantize(4), "PNG", transparency=3),
    "grey.png": encoded(halves().convert("L"), "PNG"),
    "grey-alpha.png": encoded(halves().convert("LA"), "PNG"),
    "alpha.png": encoded(halves().convert("RGBA"), "PNG"),
    "bilevel.png": encoded(halves().convert("1"), "PNG"),
    "deep.png": sixteen_bit(),
    "moving.gif": animated("GIF"),
    "moving.webp": animated("WEBP"),
    "dot.png": encoded(Image.new("RGB", (1, 1), RED), "PNG"),
    "UPPER.JPG": encoded(halves(), "JPEG"),
}


@pytest.mark.parametrize("name", KINDS)
def test_every_kind_of_picture_is_read(tmp_path, name):
    (tmp_path / name).write_bytes(KINDS[name])
    pictures = data.folder(tmp_path, size=16)
    assert pictures.images.shape == (1, 3, 16, 16)
    assert pictures.images.dtype is torch.float32
    assert -1 <= pictures.images.min() <= pictures.images.max() <= 1


@pytest.mark.parametrize(
    "name", ["rgb.png", "photo.jpg", "print.jpg", "palette.png", "alpha.png", "moving.gif", "web.webp"]
)
def test_colours_survive(tmp_path, name):
    (tmp_path / name).write_bytes(KINDS[name])
    image = (data.folder(tmp_path, size=16).images[0] + 1) * 127.5
    for row, colour in ((2, RED), (13, BLUE)):
        torch.testing.assert_close(image[:, row].mean(1), torch.tensor(colour, dtype=torch.float32), rtol=0, atol=25)


@pytest.mark.parametrize("orientation", [3, 6, 8])
def test_a_phones_rotation_is_honoured(tmp_path, orientation):
    (tmp_path / "phone.jpg").write_bytes(rotated_by_exif(orientation))
    image = data.folder(tmp_path, size=16).images[0]
    assert image[0, 2].mean() > 0.4 > image[0, 13].mean()  # red above
    assert image[2, 13].mean() > 0.4 > image[2, 2].mean()  # blue below


def test_transparency_lies_on_white_and_sixteen_bits_are_scaled():
    assert np.asarray(open_picture(transparent())).min() == 255
    deep = np.asarray(open_picture(sixteen_bit()))
    assert deep[0, 0, 0] == 0
    assert deep[-1, -1, 0] == 255
    assert deep[12, 0, 0] == pytest.approx(128, abs=2)


def stored(values, kind):
    return np.asarray(open_picture(encoded(Image.fromarray(values), kind)))[0, 0, 0]


@pytest.mark.parametrize(("values", "kind", "expected"), [
    (np.full((4, 4), 257 * 100, np.uint16), "PNG", 100),
    (np.full((4, 4), 200, np.uint16), "PNG", 1),  # a dark 16-bit picture stays dark
    (np.full((4, 4), 0.5, np.float32), "TIFF", 128),  # floats as [0, 1] ...
    (np.full((4, 4), 100.0, np.float32), "TIFF", 100),  # ... or as [0, 255]
    (np.full((4, 4), 1e6, np.float32), "TIFF", 255),
    (np.full((4, 4), np.nan, np.float32), "TIFF", 0),
])  # fmt: skip
def test_deep_grey_pictures_keep_their_brightness(values, kind, expected):
    assert stored(values, kind) == expected


def test_no_program_is_run_on_a_persons_file(monkeypatch):
    # Pillow hands EPS to Ghostscript; a folder of pictures is no reason to run a PostScript program.
    def run(*_, **__):
        raise AssertionError("a program was run")

    monkeypatch.setattr(subprocess, "check_call", run)
    with pytest.raises(PictureError, match="expected a PNG, JPEG"):
        open_picture(encoded(halves(), "EPS"))


def test_a_large_file_that_is_no_picture_is_not_read_whole(tmp_path):
    film = tmp_path / "film.png"
    with film.open("wb") as file:
        file.truncate(64 << 30)  # sparse: 64 GiB that take no room on the disk, and would not fit into memory
    with pytest.raises(PictureError, match=r"film\.png: expected a PNG"):
        open_picture(film)


def test_what_iphones_write_is_named():
    for content in (b"\0\0\0\x18ftypheic" + bytes(40), b"\0\0\0\x18ftypmif1" + bytes(40)):
        with pytest.raises(PictureError, match="HEIC cannot be read; export the picture as JPEG first"):
            open_picture(content)


def test_a_folder_in_place_of_a_file(tmp_path):
    with pytest.raises(PictureError, match=r"the file cannot be opened \("):
        open_picture(tmp_path)


def gigantic_png():
    """A few bytes that claim to be 20,000 x 20,000 pixels."""

    def chunk(kind, body):
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", 20_000, 20_000, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(b"\0" * 100))
        + chunk(b"IEND", b"")
    )


BAD = {
    "empty.png": b"",
    "bomb.png": gigantic_png(),
    "cut.jpg": KINDS["photo.jpg"][: len(KINDS["photo.jpg"]) // 2],
    "cut.png": KINDS["rgb.png"][:-30],
    "text.jpg": b"this is no picture at all",
}


def test_what_is_no_picture_is_skipped_with_one_warning_that_lists_it(tmp_path):
    (tmp_path / "good.png").write_bytes(KINDS["rgb.png"])
    (tmp_path / "notes.txt").write_text("not meant as a picture: no word about it")
    (tmp_path / ".DS_Store").write_bytes(b"hidden")
    for name, content in BAD.items():
        (tmp_path / name).write_bytes(content)
    with pytest.warns(UserWarning, match="skipped 5 of 6 files") as caught:
        pictures = data.folder(tmp_path, size=16)
    assert len(pictures) == 1
    assert len(caught) == 1
    message = str(caught[0].message)
    assert all(name in message for name in BAD)
    assert "50 million pixels" in message
    assert "notes" not in message


def test_the_warning_says_in_which_folder(tmp_path):
    for name in ("cats/1.png", "dogs/1.png"):
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).write_bytes(b"" if name.startswith("dogs") else KINDS["rgb.png"])
    with pytest.warns(UserWarning, match=r"skipped 1 of 2 files: dogs/1\.png: expected a PNG"):
        data.folder(tmp_path)


def test_a_long_list_is_cut(tmp_path):
    (tmp_path / "good.png").write_bytes(KINDS["rgb.png"])
    for index in range(25):
        (tmp_path / f"bad{index:02}.png").write_bytes(b"")
    with pytest.warns(UserWarning, match="and 5 more"):
        data.folder(tmp_path)


def test_folders_are_classes_in_sorted_order(tmp_path):
    for name in ("dogs/b.png", "cats/a.png", "cats/deep/c.png"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(KINDS["rgb.png"])
    pictures = data.folder(tmp_path, size=16)
    assert pictures.classes["folder"] == ("cats", "dogs")
    assert pictures.labels["folder"].tolist() == [0, 0, 1]
    assert len(data.folder(tmp_path, size=16, limit=2)) == 2


@pytest.mark.parametrize(("make", "message"), [
    (lambda p: p / "holidya", "but there is no .*holidya; beside it there are: holiday"),
    (lambda p: p / "file.png", "expected a folder, got the file"),
    (lambda p: p / "holiday", "expected at least one picture in .*holiday, found none in 0 files"),
    (lambda p: p / "no" / "such" / "place", "but there is no"),
])  # fmt: skip
def test_wrong_folders_are_one_sentence(tmp_path, make, message):
    (tmp_path / "holiday").mkdir()
    (tmp_path / "file.png").write_bytes(KINDS["rgb.png"])
    with pytest.raises(ValueError, match=message):
        data.folder(make(tmp_path))
    with pytest.raises(ValueError, match="at least 8 pixels"):
        data.folder(tmp_path, size=2)


def test_a_missing_file_and_an_open_file():
    with pytest.raises(PictureError, match=r"nowhere\.png: there is no such file"):
        open_picture("nowhere.png")
    assert open_picture(io.BytesIO(KINDS["rgb.png"])).size == (40, 24)


def mutate(content, random_):
    """Damage a file as disks, networks and people do."""
    content = bytearray(content)
    for _ in range(random_.randint(1, 3)):
        action = random_.choice(["flip", "flip", "flip", "cut", "insert", "zero", "header"])
        at = random_.randrange(len(content)) if content else 0
        if action == "flip" and content:
            content[at] ^= 1 << random_.randrange(8)
        elif action == "cut":
            del content[at:]
        elif action == "insert":
            content[at:at] = random_.randbytes(random_.randint(1, 40))
        elif action == "zero":
            content[at : at + 16] = bytes(len(content[at : at + 16]))
        elif action == "header" and len(content) > 30:
            content[random_.randrange(30)] = random_.randrange(256)
    return bytes(content)


def test_mutated_files_end_as_a_picture_or_in_one_sentence(tmp_path):
    random_ = random.Random(0)
    outcomes = {"picture": 0, "refused": 0}
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # Pillow's own remarks must not reach the learner either
        for _ in range(600):
            content = mutate(KINDS[random_.choice(list(KINDS))], random_)
            try:
                assert open_picture(content).mode == "RGB"
                outcomes["picture"] += 1
            except PictureError as error:
                assert "\n" not in str(error)
                outcomes["refused"] += 1
    assert min(outcomes.values()) > 50, outcomes


def test_links_are_followed_and_a_circle_ends(tmp_path):
    """U13: a folder of classes is often made of links."""
    (tmp_path / "elsewhere").mkdir()
    halves().save(tmp_path / "elsewhere" / "a.png")
    root = tmp_path / "x"
    (root / "dogs").mkdir(parents=True)
    halves().save(root / "dogs" / "b.png")
    (root / "cats").symlink_to(tmp_path / "elsewhere", target_is_directory=True)
    (root / "dogs" / "again").symlink_to(root, target_is_directory=True)
    (root / "gone.png").symlink_to(tmp_path / "nowhere.png")
    found = data.folder(root, size=8)
    assert found.classes == {"folder": ("cats", "dogs")}
    assert found.labels["folder"].tolist() == [0, 1]


def test_names_of_files_steer_no_terminal(tmp_path):
    halves().save(tmp_path / "a.png")
    (tmp_path / "\x1b[31mred\u202e.png").write_bytes(b"no picture")
    with pytest.warns(UserWarning, match="skipped 1 of 2 files") as caught:
        data.folder(tmp_path, size=8)
    assert str(caught[0].message).isprintable()
