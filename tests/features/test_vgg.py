"""VGG-19 with weights in the real format, against torchvision's own layers; no network."""

import pytest
import torch
from torchvision.models.vgg import cfgs, make_layers
from torchvision.transforms.functional import normalize

from ganlab.data.remote import DownloadError
from ganlab.features.vgg import VGG19, vgg19_encoder
from ganlab.style.networks import Decoder
from ganlab.style.transfer import StyleTransfer


@pytest.fixture(scope="module")
def reference():
    """torchvision's layers up to relu4_1, with random weights."""
    torch.manual_seed(0)
    upto = cfgs["E"][: cfgs["E"].index(512) + 1]
    return make_layers(upto, batch_norm=False).eval().requires_grad_(False)


@pytest.fixture(scope="module")
def state(reference):
    """As in the real file: all below ``features``, then what is not needed."""
    found = {f"features.{key}": value for key, value in reference.state_dict().items()}
    return {**found, "features.21.weight": torch.zeros(1), "classifier.0.weight": torch.zeros(2, 2)}


@pytest.fixture
def path(state, tmp_path):
    torch.save(state, tmp_path / "vgg19.pth")
    return tmp_path / "vgg19.pth"


def pictures(n=1, size=32):
    return torch.rand(n, 3, size, size, generator=torch.Generator().manual_seed(1)) * 2 - 1


def test_with_zero_padding_it_is_torchvisions_network_at_every_tap(reference, path):
    encoder, x = vgg19_encoder(path, padding="zeros"), pictures(2)
    found = encoder.levels(x)
    y, wanted = normalize((x + 1) / 2, [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]), []
    for index, layer in enumerate(reference):
        y = layer(y)
        if index in (1, 6, 11, 20):  # relu1_1, relu2_1, relu3_1, relu4_1
            wanted.append(y)
    assert [tuple(f.shape) for f in found] == [(2, 64, 32, 32), (2, 128, 16, 16), (2, 256, 8, 8), (2, 512, 4, 4)]
    for mine, theirs in zip(found, wanted, strict=True):
        torch.testing.assert_close(mine, theirs, atol=1e-5, rtol=1e-4)
    assert encoder.widths == (64, 128, 256, 512)
    assert torch.equal(encoder(x), found[-1])


def test_reflection_changes_the_edge_and_nothing_far_from_it(path):
    x = pictures(size=64)
    (zeros, *_), (mirrored, *_) = (vgg19_encoder(path, padding=p).levels(x, 1) for p in ("zeros", "reflect"))
    torch.testing.assert_close(mirrored[..., 1:-1, 1:-1], zeros[..., 1:-1, 1:-1])
    assert (mirrored - zeros)[..., 0, :].abs().max() > 1e-3
    assert vgg19_encoder(path).config.padding == "reflect"
    grey = vgg19_encoder(path)(torch.zeros(1, 3, 32, 32))
    assert grey.std(dim=(2, 3)).max() < 1e-5  # no frame on a picture without one


def test_pooling_can_be_average(path):
    x = pictures()
    maximum, average = (vgg19_encoder(path, pooling=p).levels(x, 2) for p in ("max", "average"))
    assert torch.equal(maximum[0], average[0])
    assert not torch.allclose(maximum[1], average[1])


def test_it_is_frozen_and_a_decoder_can_stand_on_it(path):
    encoder = vgg19_encoder(path)
    assert not encoder.training
    assert not any(p.requires_grad for p in encoder.parameters())
    assert not {"mean", "std"} & set(encoder.state_dict())
    x = pictures(1, 24).requires_grad_()
    encoder(x).sum().backward()
    assert x.grad.abs().sum() > 0
    assert StyleTransfer(encoder, Decoder(encoder.config))(pictures(), pictures(1, 20)).shape == (1, 3, 32, 32)


def test_weights_come_from_torchs_loader_checked_and_without_running_code(state, monkeypatch):
    asked = []

    def load(url, **options):
        asked.append((url, options))
        return state

    monkeypatch.setattr(torch.hub, "load_state_dict_from_url", load)
    encoder = vgg19_encoder()
    assert torch.equal(encoder.convs[8].weight, state["features.19.weight"])
    ((url, options),) = asked
    assert url == "https://download.pytorch.org/models/vgg19-dcbb9e9d.pth"
    assert options["check_hash"] is True
    assert options["weights_only"] is True


def test_without_a_network_one_sentence_says_what_was_tried_and_what_to_use(monkeypatch, tmp_path):
    def fail(url, **options):
        raise OSError("<urlopen error [Errno -2] Name or service not known>\nand more")

    monkeypatch.setattr(torch.hub, "load_state_dict_from_url", fail)
    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path))
    with pytest.raises(DownloadError) as caught:
        vgg19_encoder()
    sentence = str(caught.value)
    assert "\n" not in sentence
    for part in ("https://download.pytorch.org/models/vgg19-dcbb9e9d.pth", str(tmp_path / "checkpoints"), "OSError"):
        assert part in sentence
    assert sentence.endswith("use the course's own encoder (ganlab.features.encoder.Encoder), which needs no network")


def test_a_damaged_file_in_the_cache_is_named(monkeypatch, tmp_path):
    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path))
    file = tmp_path / "checkpoints" / "vgg19-dcbb9e9d.pth"
    file.parent.mkdir()
    file.write_bytes(b"half a download")
    with pytest.raises(DownloadError, match="vgg19-dcbb9e9d.pth is damaged .* delete it and call again, or use"):
        vgg19_encoder()  # torch's own loader, which finds the file and does not ask the network


def test_files_that_are_no_weights_are_refused(tmp_path, state):
    with pytest.raises(ValueError, match="there is none at .*nothing.pth; use the course's own"):
        vgg19_encoder(tmp_path / "nothing.pth")
    (tmp_path / "half.pth").write_bytes(b"PK\x03\x04")
    with pytest.raises(ValueError, match="half.pth is damaged or holds no weights"):
        vgg19_encoder(tmp_path / "half.pth")
    torch.save([1, 2], tmp_path / "list.pth")
    with pytest.raises(ValueError, match="expected a state dict .* got list"):
        vgg19_encoder(tmp_path / "list.pth")
    torch.save({**state, "features.2.weight": torch.zeros(64, 64, 1, 1)}, tmp_path / "other.pth")
    with pytest.raises(ValueError, match=r"features.2.weight \(64, 64, 3, 3\), got shape \(64, 64, 1, 1\)"):
        vgg19_encoder(tmp_path / "other.pth")


def test_a_refused_state_changes_nothing(state):
    encoder = VGG19()
    before = encoder.convs[0].weight.clone()
    with pytest.raises(ValueError, match=r"features.19.bias \(512,\), got nothing of that name"):
        encoder.load_torchvision({key: value for key, value in state.items() if key != "features.19.bias"})
    assert torch.equal(encoder.convs[0].weight, before)
