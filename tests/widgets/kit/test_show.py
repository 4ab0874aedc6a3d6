"""A widget in a notebook, and a still picture of it for pages without a kernel."""

import numpy as np
from PIL import Image

from ganlab import widgets
from ganlab.dcgan.networks import DCGANConfig, Generator
from ganlab.widgets.kit.show import GAP, HEAD, WIDGET_VIEW, sheet


def test_in_a_notebook_show_displays_that_one_output(monkeypatch):
    import IPython

    explorer = widgets.LatentExplorer(Generator(DCGANConfig(size=16, base_channels=4, latent_dim=10)))
    shown = []
    monkeypatch.setattr(IPython, "get_ipython", lambda: object())
    monkeypatch.setattr("IPython.display.display", lambda bundle, **settings: shown.append((bundle, settings)))
    widgets.show(explorer)
    ((bundle, settings),) = shown
    assert settings["raw"]
    assert settings["metadata"]["image/png"]["alt"] == explorer.alt_text
    assert set(bundle) == {WIDGET_VIEW, "image/png", "text/plain"}


def test_a_sheet_has_a_title_above_each_column_and_its_panels_in_the_middle():
    panels = [Image.new("RGB", (40, 40), "red"), Image.new("RGB", (20, 40), "blue")]
    still = sheet(("left", "right"), [panels, panels], 40)
    assert still.size == (2 * (40 + GAP) + GAP, HEAD + 2 * (40 + GAP))
    shown = np.asarray(still)
    assert (shown[:HEAD] < 128).any(), "titles"
    assert (shown[HEAD : HEAD + 40, GAP : GAP + 40] == (255, 0, 0)).all()
    right = shown[HEAD + 40 + GAP : HEAD + 80 + GAP, 2 * GAP + 40 : 2 * GAP + 80]
    assert (right[:, 10:30] == (0, 0, 255)).all()
    assert (right[:, :10] == 255).all()
