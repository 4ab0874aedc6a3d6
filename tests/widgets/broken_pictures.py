"""Small real pictures in the formats people have them, and five hundred ways to break them."""

import io
import struct
import zlib

import numpy as np
from PIL import Image


def saved(picture, image_format, **settings):
    buffer = io.BytesIO()
    picture.save(buffer, image_format, **settings)
    return buffer.getvalue()


def real_files():
    rng = np.random.default_rng(0)
    smooth = Image.fromarray(rng.integers(0, 256, (5, 6, 3), np.uint8)).resize((48, 40), Image.Resampling.BICUBIC)
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned by 90 degrees clockwise
    grey16 = Image.fromarray((rng.random((40, 30)) * 65535).astype(np.uint16))
    frames = [smooth.rotate(angle) for angle in (0, 20, 40)]
    return {
        "PNG": saved(smooth, "PNG"),
        "JPEG": saved(smooth, "JPEG"),
        "WebP": saved(smooth, "WEBP"),
        "CMYK JPEG": saved(smooth.convert("CMYK"), "JPEG"),
        "rotated JPEG": saved(smooth, "JPEG", exif=exif),
        "animated GIF": saved(frames[0], "GIF", save_all=True, append_images=frames[1:]),
        "1 x 1": saved(smooth.crop((0, 0, 1, 1)), "PNG"),
        "palette": saved(smooth.quantize(8), "PNG"),
        "transparent": saved(smooth.convert("RGBA").rotate(30), "PNG"),
        "16 bits": saved(grey16, "PNG"),
    }


FILES = real_files()


def huge_png(width, height):
    """A correct PNG header that claims a gigantic picture, and hardly anything behind it."""

    def chunk(name, content):
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(bytes(100)))
        + chunk(b"IEND", b"")
    )


def mutated(rng):
    file = bytearray(rng.choice(list(FILES.values())))
    kind = rng.randrange(6)
    if kind == 0:
        del file[rng.randrange(len(file)) :]
    elif kind == 1:
        for _ in range(rng.choice((1, 3, 30))):
            file[rng.randrange(len(file))] = rng.randrange(256)
    elif kind == 2:  # in the header, where sizes and offsets are
        for _ in range(3):
            file[rng.randrange(min(len(file), 64))] ^= 1 << rng.randrange(8)
    elif kind == 3:
        start = rng.randrange(len(file))
        del file[start : start + rng.randrange(1, 200)]
    elif kind == 4:
        file = bytearray(bytes(file[:8]) + rng.randbytes(rng.randrange(300)))
    else:
        file = bytearray(rng.choice((
            b"", b"\0" * 50, b"%PDF-1.7\n%\xe2\xe3", b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"PK\x03\x04", rng.randbytes(99),
            b"\0\0\0\x18ftypheic" + bytes(30), b"%!PS-Adobe-3.0 EPSF-3.0\n", "Käse".encode(), huge_png(20_000, 20_000), huge_png(2**31 - 1, 1),
        )))  # fmt: skip
    return bytes(file)
