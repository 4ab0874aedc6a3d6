"""What the tests of InpaintStudio's Python side share."""

import base64
import io
import json

import torch
from PIL import Image

SIZE = 32


def ask(studio, number, **wish):
    studio.request = json.dumps({"id": number, **wish})
    answer = json.loads(studio.response)
    assert answer["id"] == number
    return answer


def text(file):
    return base64.b64encode(file).decode("ascii")


def pixels(url):
    return Image.open(io.BytesIO(base64.b64decode(url.removeprefix("data:image/png;base64,")))).tobytes()


def box(top, left, bottom, right, size=SIZE):
    mask = torch.zeros(size, size, dtype=torch.bool)
    mask[top:bottom, left:right] = True
    return mask


def state(studio):
    return studio.picture.clone(), studio.mask.clone(), studio.result.clone()


def same(studio, expected):
    return all(torch.equal(a, b) for a, b in zip(state(studio), expected, strict=True))


def is_one_sentence(message):
    return message.startswith("Sorry, ") and message.endswith(".") and ". " not in message and message.isprintable()
