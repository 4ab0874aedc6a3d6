"""What the tests of InpaintStudio share: the notebook, a hand on the mouse, questions to page and kernel."""

import json

from tests.browser.lab import WAIT

STUDIO = """\
import torch
from ganlab import widgets
from ganlab.inpainting.networks import ContextEncoder, ContextEncoderConfig
torch.manual_seed(0)
network = ContextEncoder(ContextEncoderConfig(size=64, stem_stride=2)).eval()
studio = widgets.InpaintStudio(network)
widgets.show(studio)"""


def shown(view):
    return view.locator(".ganlab-studio .wipe img").first.get_attribute("src")


def until_shown_changes(view, old, back=False):
    sign = "===" if back else "!=="
    view.wait_for_function(
        f"(old) => document.querySelector('.ganlab-studio .wipe img').src {sign} old", arg=old, timeout=WAIT
    )


def settle(view):
    """Until the kernel has answered everything."""
    view.wait_for_function("() => document.querySelector('.ganlab-studio').dataset.asking === 'false'", timeout=WAIT)


def drag(view, locator, *spots):
    box = locator.bounding_box()
    places = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in spots]
    view.mouse.move(*places[0])
    view.mouse.down()
    for place in places[1:]:
        view.mouse.move(*place, steps=8)
    view.mouse.up()


def kernel(page, expression):
    return json.loads(page.ask(f"import json\nfrom ganlab import images\nprint(json.dumps({expression}))"))
