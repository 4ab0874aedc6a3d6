"""What StyleStudio paints is tested through the studio (test_studio.py); here is what it needs of a look."""

import torch

from ganlab.style.widget.painter import Look
from ganlab.widgets.kit.samples import Sample

CONTENT = Sample("cat", torch.zeros(3, 4, 4), side=4)
STYLES = tuple(Sample(name, torch.zeros(3, 4, 4), side=4) for name in ("dots", "lines", "waves", "wool"))


def look(**changes):
    regions = torch.zeros(4, 4, dtype=torch.uint8)
    return Look(**{"content": CONTENT, "styles": STYLES, "size": 4, "regions": regions, **changes})


def test_two_looks_are_the_same_if_they_paint_the_same_picture():
    assert look().same(look())
    painted = torch.ones(4, 4, dtype=torch.uint8)
    for change in (
        {"alpha": 0.5},
        {"pad": (0, 1)},
        {"style_scale": 2.0},
        {"keep_colours": True},
        {"regions": painted},
        {"styles": STYLES[::-1]},
    ):
        assert not look(**change).same(look())


def test_a_look_says_what_it_is():
    assert look().sentence() == "cat in 56% dots (A), 19% lines (B), 19% waves (C), 6% wool (D), at 100% strength"
    regions = torch.full((4, 4), 3, dtype=torch.uint8)
    said = look(pad=(1, 0), alpha=0.5, keep_colours=True, regions=regions).sentence()
    assert said == "cat in 100% lines (B), at 50% strength, in its own colours, with places painted in C alone"
