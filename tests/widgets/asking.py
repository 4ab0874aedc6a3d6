"""What the tests of the widgets' Python side share: questions as a page asks them, and what is in the answers."""

import base64
import io
import json

import numpy as np
from PIL import Image


def ask(widget, number, **wish):
    widget.request = json.dumps({"id": number, **wish})
    answer = json.loads(widget.response)
    assert answer["id"] == number
    return answer


def text(file):
    return base64.b64encode(file).decode("ascii")


def pixels(url):
    return Image.open(io.BytesIO(base64.b64decode(url.removeprefix("data:image/png;base64,")))).tobytes()


def is_one_sentence(message):
    return message.startswith("Sorry, ") and message.endswith(".") and ". " not in message and message.isprintable()


def sides():
    """Orange on the left, black on the right, (32, 60, 3)."""
    picture = np.zeros((32, 60, 3), np.uint8)
    picture[:, :30] = (230, 159, 0)
    return picture
