"""Widgets send text and numbers only: Colab's widget manager loses binary buffers, and says nothing about it."""

import anywidget
import pytest
import traitlets
from ipywidgets.widgets.widget import _remove_buffers

from ganlab import widgets
from ganlab.app.page import Studio

OURS = [Studio, *(getattr(widgets, name) for name in widgets.WIDGETS)]
# Kinds of values that go through JSON as they are. A list or a dictionary could hide bytes, so neither is among them.
PLAIN = (traitlets.Unicode, traitlets.Bool, traitlets.Int, traitlets.Float, traitlets.CaselessStrEnum)


@pytest.mark.parametrize("kind", OURS, ids=lambda kind: kind.__name__)
def test_what_a_widget_keeps_in_step_with_its_page_is_text(kind):
    inherited = set(anywidget.AnyWidget.class_trait_names(sync=True))
    own = {name: trait for name, trait in kind.class_traits(sync=True).items() if name not in inherited}
    assert own
    assert {name: type(trait).__name__ for name, trait in own.items() if not isinstance(trait, PLAIN)} == {}
    # Without a serialiser of its own a value goes as it is; with one, it could become a buffer on its way.
    assert [name for name, trait in own.items() if "to_json" in trait.metadata] == []


def test_what_a_widget_sends_has_no_buffers():
    widget = widgets.Playground(seed=0)
    _, paths, buffers = _remove_buffers(widget.get_state())
    assert (paths, buffers) == ([], [])
    # The same look finds bytes where there are some, so it is able to.
    assert _remove_buffers({"pixels": b"abc"})[1:] == ([["pixels"]], [b"abc"])
