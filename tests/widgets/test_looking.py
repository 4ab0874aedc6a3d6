"""Looking at a network changes nothing: a widget shows it in eval mode, and leaves every mode and every buffer as it was."""

import copy

import pytest
import torch
from torch import nn

from ganlab import widgets
from ganlab.dcgan.networks import DCGANConfig, Generator
from ganlab.features.encoder import AdaINConfig, Encoder
from ganlab.images import to_pil
from ganlab.inpainting.networks import ContextEncoder, ContextEncoderConfig
from ganlab.style.networks import Decoder
from ganlab.style.transfer import StyleTransfer
from ganlab.superres.networks import SRResNet, SRResNetConfig


def explorer():
    generator = Generator(DCGANConfig(size=32, latent_dim=8, base_channels=4))
    return [generator], lambda: widgets.LatentExplorer(generator, seed=0).picture()


def inpainting():
    network = ContextEncoder(ContextEncoderConfig(size=32, base_channels=4))

    def look():
        studio = widgets.InpaintStudio(network)
        mask = torch.zeros(32, 32)
        mask[8:20, 8:20] = 1
        studio.paint(mask)
        return to_pil(studio.result)

    return [network], look


def style():
    config = AdaINConfig(widths=(4, 6), depths=(1,), level=2, batch_norm=True)
    network = StyleTransfer(Encoder(config), Decoder(config))
    return [network], lambda: widgets.StyleStudio(network, size=64).static_picture()


def super_resolution():
    # With batch normalisation, as in the paper.
    networks = [SRResNet(SRResNetConfig(width=4, blocks=1, normalize=True)) for _ in range(2)]
    picture = torch.rand(3, 40, 40) * 2 - 1

    def look():
        studio = widgets.SuperResolutionStudio(networks)
        studio.picture = picture
        return studio.result

    return networks, look


@pytest.mark.parametrize("make", [explorer, inpainting, style, super_resolution])
def test_a_widget_leaves_a_network_as_it_found_it_and_shows_it_in_eval_mode(make):
    networks, look = make()
    assert any(isinstance(module, nn.BatchNorm2d) for network in networks for module in network.modules())
    for network in networks:
        network.eval()
    in_eval_mode = look()
    for network in networks:
        network.train()
    before = copy.deepcopy([network.state_dict() for network in networks])
    in_train_mode = look()
    assert all(module.training for network in networks for module in network.modules())
    for network, values in zip(networks, before, strict=True):
        for name, value in network.state_dict().items():
            assert torch.equal(value, values[name]), name
    assert in_train_mode.tobytes() == in_eval_mode.tobytes()
