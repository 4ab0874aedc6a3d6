"""Enlarging in tiles: what the whole picture would give, in the memory of a tile; networks between networks."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from ganlab.superres import tiles
from ganlab.superres.networks import SMALL, MultiStageGenerator, SRResNet, SRResNetConfig
from ganlab.superres.tiles import EnlargingStopped, blend_networks, enlarge_in_tiles, receptive_radius, visit_tiles

DIRECT = SRResNetConfig(width=8, blocks=2, end_kernel=3, normalize=False, upsampling="direct", bicubic_skip=True)
STAGES = SRResNetConfig(width=6, blocks=1, end_kernel=9, bicubic_skip=True)
KINDS = {
    "direct": (SRResNet, DIRECT),
    "direct, x2": (SRResNet, SRResNetConfig(scale=2, width=5, blocks=1, end_kernel=5, upsampling="direct")),
    "direct, x8, grey": (
        SRResNet,
        SRResNetConfig(scale=8, width=4, blocks=1, channels=1, end_kernel=1, upsampling="direct", bicubic_skip=True),
    ),
    "stages": (SRResNet, STAGES),
    "stages, x2": (SRResNet, SRResNetConfig(scale=2, width=5, blocks=2, end_kernel=5, normalize=False)),
    "stages, x8": (SRResNet, SRResNetConfig(scale=8, width=4, blocks=1, end_kernel=7)),
    "multi-stage, x2": (MultiStageGenerator, SRResNetConfig(scale=2, width=5, blocks=2, end_kernel=3)),
    "multi-stage": (MultiStageGenerator, SRResNetConfig(width=4, blocks=2, end_kernel=9, normalize=False)),
    "multi-stage, x8": (MultiStageGenerator, SRResNetConfig(scale=8, width=4, blocks=1, end_kernel=1)),
}


def model(name="direct", seed=0, dtype=torch.float32):
    """With random weights everywhere, and loud ones: untrained networks begin as the bicubic enlargement alone."""
    torch.manual_seed(seed)
    kind, config = KINDS[name]
    network = kind(config)
    with torch.no_grad():
        for weight in network.parameters():
            weight.normal_(0, (1.5 / max(1, weight[0].numel())) ** 0.5 if weight.dim() > 1 else 0.1)
        for module in network.modules():
            if isinstance(module, nn.PReLU):
                module.weight.fill_(0.3)
            if isinstance(module, nn.BatchNorm2d):
                module.weight.uniform_(0.5, 1)
                module.running_mean.normal_(0, 0.1)
    return network.eval().requires_grad_(False).to(dtype)


def pictures(n=1, height=32, width=32, channels=3, seed=0):
    return torch.rand(n, channels, height, width, generator=torch.Generator().manual_seed(seed)) * 2 - 1


def of(network, height, width, n=1):
    return pictures(n, height, width, network.config.channels)


@pytest.mark.parametrize("name", KINDS)
def test_the_radius_is_how_far_one_pixel_is_seen(name):
    network = model(name, dtype=torch.float64)
    radius, scale = receptive_radius(network), network.config.scale
    side = 2 * radius + 11
    middle, plain = side // 2, of(network, side, side).double()
    touched = plain.clone()
    touched[..., middle, middle] += 1
    changed = (network(touched) - network(plain)).abs().amax(dim=(0, 1)) > 1e-13
    rows, columns = (changed.any(dim=dim).nonzero().flatten() // scale - middle for dim in (1, 0))
    assert [int(places.min()) for places in (rows, columns)] == [-radius] * 2
    assert [int(places.max()) for places in (rows, columns)] == [radius] * 2


def test_the_radius_of_networks_that_the_course_knows():
    assert receptive_radius(SRResNet(SMALL)) == 1 + 2 * 8 + 1 + 1
    shipped = SRResNetConfig(width=2, blocks=10, end_kernel=3, upsampling="direct")
    assert receptive_radius(SRResNet(shipped)) == 23
    with pytest.raises(ValueError, match="expected an SRResNet or a MultiStageGenerator, got Conv2d"):
        receptive_radius(nn.Conv2d(3, 3, 3))


@pytest.mark.parametrize("name", KINDS)
def test_a_tiled_picture_is_the_whole_one(name):
    network = model(name)
    small = of(network, 45, 37, n=2)
    whole = enlarge_in_tiles(network, small, tile=1000)
    assert whole.shape == (2, network.config.channels, network.config.scale * 45, network.config.scale * 37)
    assert whole.std() > 0.1
    for tile in (8, 17, 44):
        torch.testing.assert_close(enlarge_in_tiles(network, small, tile=tile), whole, atol=1e-5, rtol=0)


@given(
    st.integers(1, 40), st.integers(1, 40), st.integers(3, 41), st.sampled_from(["direct", "stages", "multi-stage"])
)
@settings(max_examples=25, deadline=None)
def test_whatever_the_sizes_of_picture_and_tile(height, width, tile, name):
    network = model(name)
    small = of(network, height, width)
    whole = enlarge_in_tiles(network, small, tile=1000)
    torch.testing.assert_close(enlarge_in_tiles(network, small, tile=tile), whole, atol=1e-5, rtol=0)


@pytest.mark.parametrize("name", ["direct", "stages", "multi-stage"])
def test_one_pixel_less_of_overlap_would_show(name):
    network = model(name)
    small, enough = of(network, 48, 40), receptive_radius(network)
    whole = enlarge_in_tiles(network, small, tile=1000)
    wrong = {
        overlap: float((enlarge_in_tiles(network, small, tile=16, overlap=overlap) - whole).abs().max())
        for overlap in (0, enough - 1, enough, enough + 7)
    }
    assert wrong[0] > 10 * 2 / 255  # ten grey levels: a seam
    assert wrong[0] > wrong[enough - 1] > 1e-5 > wrong[enough]
    assert wrong[enough + 7] < 1e-5


def test_far_from_the_border_it_is_the_network_itself_and_clipped():
    network, small = model(), of(model(), 40, 50)
    inner = (..., slice(4 * 12, -4 * 12), slice(4 * 12, -4 * 12))
    plain = network(small)[inner]
    found = enlarge_in_tiles(network, small, tile=20)[inner]
    torch.testing.assert_close(found, plain.clamp(-1, 1), atol=1e-5, rtol=0)
    assert plain.abs().max() > 1.1  # there was something to clip
    assert found.abs().max() == 1


def test_the_border_leaves_less_of_a_frame_than_zeros_would(monkeypatch):
    flat = torch.full((1, 3, 30, 30), 0.6)
    frames = []
    for border in (0, tiles.BORDER):
        monkeypatch.setattr(tiles, "BORDER", border)
        large = enlarge_in_tiles(model(seed=1), flat)
        squares = large.unfold(2, 4, 4).unfold(3, 4, 4)  # what became of each pixel: far from the border all alike
        frames.append(float((squares[:, :, 0] - squares[:, :, 15, 15, None]).abs().mean()))
    assert frames[1] < frames[0] / 4


@pytest.mark.parametrize(("side", "wanted"), [(1, [0] * 9), (2, [0, 1, 1, 0, 0, 1, 1, 0, 0, 1]), (5, None)])
def test_a_picture_is_continued_by_its_mirror_image(side, wanted):
    wanted = wanted or [3, 2, 1, 0, 0, 1, 2, 3, 4, 4, 3, 2, 1]
    line = torch.arange(float(side)).view(1, 1, 1, side)
    continued = tiles._continued(line)
    assert continued.shape == (1, 1, 9, side + 8)
    assert continued[0, 0, 0].tolist() == wanted
    assert torch.equal(tiles._continued(line.mT), continued.mT)


@pytest.mark.parametrize(("height", "width"), [(1, 1), (1, 300), (300, 1), (2, 3)])
def test_the_thinnest_pictures(height, width):
    found = enlarge_in_tiles(model(), of(model(), height, width), tile=64)
    assert found.shape == (1, 3, 4 * height, 4 * width)
    assert found.std() > 0.05


def test_tiles_are_equal_and_no_network_ever_sees_more_than_one_and_its_overlap():
    network, seen, calls = model(), [], []
    network.register_forward_hook(lambda _, given, __: seen.append(tuple(given[0].shape[2:])))
    enlarge_in_tiles(network, of(network, 101, 60), tile=50, progress=lambda *call: calls.append(call))
    assert calls == [(k, 6) for k in range(1, 7)]
    around = receptive_radius(network)
    assert seen == [
        (rows + above, columns + around + 4)
        for rows, above in ((33, around + 4), (34, 2 * around), (34, around + 4))
        for columns in (30, 30)
    ]


@pytest.mark.parametrize(
    ("name", "sides"), [("direct", [134 + 4 + 7] * 2), ("stages", [89 + 4 + 10, 89 + 2 * 10, 89 + 10 + 4])]
)
def test_networks_that_work_at_the_large_size_get_smaller_tiles(name, sides):
    network, seen = model(name), []
    network.register_forward_hook(lambda _, given, __: seen.append(given[0].shape[3]))
    enlarge_in_tiles(network, of(network, 4, 267))
    assert seen == pytest.approx(sides, abs=1)


def test_a_stop_keeps_what_is_done():
    network, small, asked = model(), of(model(), 40, 60), []
    whole = enlarge_in_tiles(network, small, tile=20)
    network.train()
    with pytest.raises(EnlargingStopped, match="^stopped after 4 of 6 tiles; `.result` holds them") as caught:
        enlarge_in_tiles(network, small, tile=20, should_stop=lambda: asked.append(0) or len(asked) > 4)
    stopped = caught.value
    assert (stopped.done, stopped.total, network.training) == (4, 6, True)
    assert torch.equal(stopped.result[..., :80, :], whole[..., :80, :])
    assert torch.equal(stopped.result[..., 80:, :80], whole[..., 80:, :80])
    assert stopped.result[..., 80:, 80:].abs().max() == 0 < whole[..., 80:, 80:].abs().max()
    asked.clear()
    assert torch.equal(enlarge_in_tiles(network, small, tile=20, should_stop=lambda: bool(asked.append(0))), whole)
    assert len(asked) == 6
    with pytest.raises(EnlargingStopped) as caught:
        enlarge_in_tiles(network, small, should_stop=lambda: True)
    assert (caught.value.done, float(caught.value.result.abs().max())) == (0, 0)


def test_modes_are_restored_and_neither_gradients_nor_statistics_are_kept():
    network = model("stages").requires_grad_(True).train()
    frozen = next(module for module in network.modules() if isinstance(module, nn.BatchNorm2d)).eval()
    before = {name: value.clone() for name, value in network.state_dict().items()}
    found = enlarge_in_tiles(network, of(network, 20, 20))
    assert not found.requires_grad
    assert [module for module in network.modules() if not module.training] == [frozen]
    assert all(torch.equal(value, before[name]) for name, value in network.state_dict().items())
    assert torch.equal(found, enlarge_in_tiles(network.eval(), of(network, 20, 20)))
    network.train().register_forward_hook(lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        enlarge_in_tiles(network, of(network, 20, 20))
    assert network.training


def test_tiles_can_be_kept_in_another_form():
    network, small = model(), of(model(), 30, 50)
    sums = torch.zeros(120, 200)

    def visit(rows, columns, large):
        sums[rows, columns] += large.sum(dim=(0, 1))

    assert visit_tiles(network, small, visit, tile=20) == (6, 6)
    torch.testing.assert_close(sums, enlarge_in_tiles(network, small).sum(dim=(0, 1)), atol=1e-5, rtol=0)
    assert visit_tiles(network, small, visit, tile=20, should_stop=lambda: True) == (0, 6)


def test_what_does_not_fit_is_refused_in_a_sentence():
    network, small = model(), of(model(), 8, 8)
    for wrong in (small[0], small[:, :1], small[..., :0], small.byte()):
        with pytest.raises(ValueError, match=r"expected pictures \(N, 3, H, W\) of floats, got \("):
            enlarge_in_tiles(network, wrong)
    for settings_ in ({"tile": 0}, {"tile": 64.0}, {"overlap": -1}, {"overlap": 1.5}):
        with pytest.raises(ValueError, match="a tile of at least 1 pixel and an overlap of at least 0, got"):
            enlarge_in_tiles(network, small, **settings_)


@pytest.mark.parametrize("name", ["direct", "stages", "multi-stage"])
def test_blended_networks_against_plain_arithmetic(name):
    first, second = model(name, seed=0), model(name, seed=1)
    kept = [{key: value.clone() for key, value in network.state_dict().items()} for network in (first, second)]
    for share in (0, 0.25, 0.5, 1):
        blended = blend_networks(first, second, share)
        assert type(blended) is type(first)
        assert blended.state_dict().keys() == kept[0].keys()
        for key, value in blended.state_dict().items():
            wanted = (1 - share) * kept[0][key].double() + share * kept[1][key].double()
            torch.testing.assert_close(value.double(), wanted, atol=1e-7, rtol=1e-6)
    small = of(first, 9, 9)
    assert torch.equal(blend_networks(first, second, 0)(small), first(small))
    assert torch.equal(blend_networks(first, second, 1.0)(small), second(small))
    half = blend_networks(first, second, 0.5)(small)
    assert min((half - network(small)).abs().max() for network in (first, second)) > 0.01
    for network, before in zip((first, second), kept, strict=True):
        assert all(torch.equal(value, before[key]) for key, value in network.state_dict().items())


def test_blending_keeps_the_firsts_integers_and_mode():
    first, second = model("stages", seed=0).train().requires_grad_(True), model("stages", seed=1)
    for network, steps in ((first, 3), (second, 100)):
        for module in network.modules():
            if isinstance(module, nn.BatchNorm2d):
                module.num_batches_tracked.fill_(steps)
    blended = blend_networks(first, second, 0.5)
    counts = [v for k, v in blended.state_dict().items() if k.endswith("num_batches_tracked")]
    assert counts
    assert all(int(count) == 3 for count in counts)
    assert blended.training
    assert all(weight.requires_grad for weight in blended.parameters())
    assert not blend_networks(second, first, 0.5).training


def test_networks_that_cannot_be_blended():
    first = model()
    for share in (-0.1, 1.01, float("nan"), float("inf"), "0.5", None, True, 1j):
        with pytest.raises(ValueError, match="^blend_networks: expected a share from 0 to 1, got") as caught:
            blend_networks(first, model(seed=1), share)
        assert "\n" not in str(caught.value)
    with pytest.raises(ValueError, match="expected two networks of one kind, got SRResNet with .*scale=4.*scale=2"):
        blend_networks(first, model("direct, x2"), 0.5)
    with pytest.raises(ValueError, match="got SRResNet with .* and MultiStageGenerator with"):
        blend_networks(SRResNet(STAGES), MultiStageGenerator(STAGES), 0.5)
