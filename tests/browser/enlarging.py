"""What the tests of SuperResolutionStudio share: the notebook, what to wait for, what its canvases show."""

import base64
import io

import numpy as np
from PIL import Image

from tests.browser.lab import WAIT
from tests.browser.studio import kernel

STUDIO = """\
import torch
from ganlab import widgets
from ganlab.superres.networks import SRResNet, SRResNetConfig
config = SRResNetConfig(width=8, blocks=2, end_kernel=3, normalize=False, upsampling="direct", bicubic_skip=True)
networks = []
for seed, strength in ((1, 8), (2, 25)):
    torch.manual_seed(seed)
    networks.append(SRResNet(config).eval().requires_grad_(False))
    networks[-1].tail[0].conv.weight *= strength
studio = widgets.SuperResolutionStudio(networks)
widgets.show(studio)"""
NO_TOASTS = ".Toastify { display: none }"  # JupyterLab asks about news, over the corner of every screenshot
TALL = {"width": 1280, "height": 1300}
ROLES = ("bicubic", "srresnet", "result")


def until(view, condition):
    """Wait for a condition in JavaScript on the widget's parts."""
    parts = """const root = document.querySelector('.ganlab-sr'), part = root.querySelector('canvas.part');
      const views = root.querySelectorAll('.view canvas'), three = root.querySelector('.three'), compare = root.querySelector('.compare');
      const trouble = root.querySelector('.trouble'), progress = root.querySelector('progress');"""
    view.wait_for_function(f"() => {{ {parts} return {condition}; }}", timeout=WAIT)


def settle(view):
    """Until the kernel has answered everything and the page shows it."""
    until(view, "root.dataset.asking === 'false' && root.dataset.shown === 'true'")
    view.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")


def canvas_pixels(locator):
    """What a canvas shows, (H, W, 3)."""
    url = locator.evaluate("(canvas) => canvas.toDataURL('image/png')")
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(url.partition(",")[2]))).convert("RGB")).astype(int)


def kernel_pixels(page, expression="studio.result"):
    """A PIL picture of the kernel's, (H, W, 3)."""
    page.ask("import base64")
    width, height, text = kernel(page, f"[*({expression}).size, base64.b64encode(({expression}).tobytes()).decode()]")
    return np.frombuffer(base64.b64decode(text), np.uint8).reshape(height, width, 3)


def difference(shown, picture):
    """How far a canvas is from a picture that the browser has fitted into it, in grey levels on average."""
    fitted = Image.fromarray(picture).resize(shown.shape[1::-1], Image.Resampling.BILINEAR)
    return float(np.abs(shown - np.asarray(fitted)).mean())


def assert_shows_the_kernels_pictures(page):
    """Each of the three canvases shows its own picture, and none of the other two."""
    pictures = [kernel_pixels(page, f"studio.{role}") for role in ROLES]
    for index in range(3):
        shown = canvas_pixels(page.page.locator(".ganlab-sr .view canvas").nth(index))
        found = [difference(shown, picture) for picture in pictures]
        assert found[index] == min(found), f"{ROLES[index]}: {found}"
        assert found[index] < 2
