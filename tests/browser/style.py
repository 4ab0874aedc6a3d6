"""What the tests of StyleStudio share: the notebook, what to wait for, and the kernel's picture."""

import base64
import io

import numpy as np
from PIL import Image

from tests.browser.lab import WAIT
from tests.browser.studio import kernel

STUDIO = """\
import torch
from ganlab import widgets
from ganlab.style.networks import AdaINConfig, Decoder, Encoder
from ganlab.style.transfer import StyleTransfer
torch.manual_seed(0)
config = AdaINConfig(widths=(8, 16, 16, 16))
network = StyleTransfer(Encoder(config), Decoder(config)).eval()
studio = widgets.StyleStudio(network)
widgets.show(studio)"""


def until(view, condition):
    """Wait for a condition in JavaScript on the widget's parts."""
    parts = """const root = document.querySelector('.ganlab-style'), painted = root.querySelector('.wipe img');
      const corners = root.querySelectorAll('.corner img'), paper = root.querySelector('canvas.paper');
      const pad = root.querySelector('.pad'), trouble = root.querySelector('.trouble');"""
    view.wait_for_function(f"() => {{ {parts} return {condition}; }}", timeout=WAIT)


def settle(view):
    """Until the kernel has answered everything and the page shows it."""
    until(view, "root.dataset.asking === 'false'")


def shows_the_kernels_picture(page):
    """The page's picture is the kernel's, pixel by pixel."""
    url = page.page.locator(".ganlab-style .wipe img").first.get_attribute("src")
    shown = np.asarray(Image.open(io.BytesIO(base64.b64decode(url.partition(",")[2]))))
    return np.array_equal(shown, kernel_pixels(page))


def kernel_pixels(page):
    code = "base64.b64encode(images.to_pil(studio.result).tobytes()).decode()"
    page.ask("import base64")
    height, width, text = kernel(page, f"[*studio.result.shape[1:], {code}]")
    return np.frombuffer(base64.b64decode(text), np.uint8).reshape(height, width, 3)
