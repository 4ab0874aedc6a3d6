"""Requests and files of every kind to SuperResolutionStudio, most of them broken; how it begins; pages without a kernel."""

import base64
import copy
import io
import json
import random

import numpy as np
import pytest
import torch
from _broken_pictures import FILES, huge_png, mutated, saved
from _enlarging import CONFIG, small_studio, smooth, state, untrained
from _studio import ask, is_one_sentence, pixels, text
from PIL import Image

from ganlab import widgets
from ganlab.dcgan.networks import DCGANConfig, Generator
from ganlab.images import PictureError, open_picture
from ganlab.pretrained import pretrained_names
from ganlab.superres.networks import SRResNet, SRResNetConfig
from ganlab.widgets.kit.show import WIDGET_VIEW, mimebundle


@pytest.fixture
def studio():
    return small_studio()


# --- requests ---------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("request_text", [
    "", "{", "[]", "3", "null", "{}", '{"id": 1}', '{"id": [], "action": "whole?"}', "[" * 100_000, '{"id": 5, "action": "adjust", "gan_weight": NaN}',
    *(json.dumps({"id": 5, **wish}) for wish in (
        {"action": ["adjust"]}, {"action": "_show"}, {"action": "x" * 10_000}, {"action": "adjust", "gan_weight": 1.01}, {"action": "adjust", "gan_weight": "1"},
        {"action": "adjust", "gan_weight": True}, {"action": "adjust", "gan_weight": 10**400}, {"action": "adjust", "gan_weight": [0.5]},
        {"action": "adjust", "crop": "0 0 20 20"}, {"action": "adjust", "crop": [0, 0, 20, 10**300]}, {"action": "adjust", "crop": [0] * 10_000},
        {"action": "adjust", "crop": [[0] * 900, 0, 20, 20]}, {"action": "adjust", "crop": [0, 0, 20, 20], "gan_weight": 2},
        {"action": "sample"}, {"action": "sample", "index": 4}, {"action": "sample", "index": True}, {"action": "sample", "index": -1},
        {"action": "size"}, {"action": "size", "size": 100}, {"action": "size", "size": False}, {"action": "size", "size": "256"},
        {"action": "upload"}, {"action": "upload", "data": {}}, {"action": "upload", "data": "no base64!"}, {"action": "piece"},
        {"action": "piece", "job": 1, "index": 0}, {"action": "piece", "job": None, "index": None},
    )),
], ids=lambda value: value[:60])  # fmt: skip
def test_a_malformed_request_is_one_sentence_and_loses_nothing(studio, request_text):
    studio.adjust(crop=(20, 10, 40, 30), gan_weight=0.5)
    before = state(studio)
    studio._on_request({"new": request_text})
    answer = json.loads(studio.response)
    assert is_one_sentence(answer["message"]), answer["message"]
    assert len(answer["message"]) < 300
    assert answer["id"] == (5 if '"id": 5' in request_text else 1 if '"id": 1' in request_text else 0)
    assert state(studio) == before
    assert not ask(studio, 6, action="adjust", gan_weight=0.6)["message"]
    assert ask(studio, 7, action="stop")["whole"] is None, "nothing to stop is no mistake"


def test_a_network_that_has_diverged_is_said_to_fail(studio, monkeypatch):
    network = copy.deepcopy(studio._enlarger.srgan)
    network.tail[0].conv.bias.data.fill_(torch.nan)
    monkeypatch.setattr(studio._enlarger, "srgan", network)
    before = state(studio)
    answer = ask(studio, 1, action="adjust", crop=[20, 10, 40, 30])
    assert answer["message"] == "Sorry, this could not be done (FloatingPointError)."
    assert state(studio) == before


# --- files ------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("name", FILES)
def test_files_as_people_have_them_are_taken_in_their_own_size(studio, name):
    answer = ask(studio, 1, action="upload", data=text(FILES[name]))
    assert (answer["message"], answer["sample"]) == ("", None)
    assert studio.picture.tobytes() == open_picture(FILES[name]).tobytes()
    assert (answer["width"], answer["height"]) == studio.picture.size
    assert answer["crop"] == [0, 0, *studio.picture.size], "all of a small picture"
    assert pixels(studio.original) == studio.picture.tobytes()
    assert pixels(answer["image"]) == studio.result.tobytes()


def test_a_phones_rotation_is_applied(studio):
    sides = np.zeros((32, 60, 3), np.uint8)
    sides[:, :30] = (230, 159, 0)  # orange on the left, black on the right
    exif = Image.Exif()
    exif[0x0112] = 6
    studio.upload(saved(Image.fromarray(sides), "JPEG", exif=exif, quality=95))
    assert studio.picture.size == (32, 60)
    top, bottom = (np.asarray(studio.picture.crop(box)).mean() for box in ((0, 0, 32, 25), (0, 35, 32, 60)))
    assert top > 100 > 10 > bottom, "orange is on top"


def test_files_come_in_pieces_and_too_large_ones_are_refused_before_they_are_kept(studio):
    file, before = FILES["PNG"], state(studio)
    cut = len(file) // 2
    answer = ask(studio, 1, action="upload", data=text(file[:cut]), first=True, more=True)
    assert answer == {"id": 1, "more": True, "whole": None}
    assert studio.scene is before[0]
    assert not ask(studio, 2, action="upload", data=text(file[cut:]), first=False, more=False)["message"]
    assert studio.scene.photo.name == "your picture"
    assert is_one_sentence(ask(studio, 3, action="upload", data=text(file), first=False)["message"])
    studio._arriving.max_bytes = studio.MAX_BYTES = 1000
    before = state(studio)
    ask(studio, 4, action="upload", data=text(bytes(999)), first=True, more=True)
    message = ask(studio, 5, action="upload", data=text(bytes(2)), first=False, more=True)["message"]
    assert is_one_sentence(message)
    assert "at most 0 MB" in message
    with pytest.raises(ValueError, match="expected a file of at most"):
        studio.upload(bytes(1001))
    assert state(studio) == before


def test_five_hundred_broken_files_end_in_a_picture_or_in_one_sentence(studio):
    rng = random.Random(7)
    refused = 0
    for number in range(1, 501):
        before = state(studio)
        answer = ask(studio, number, action="upload", data=text(mutated(rng)))
        if answer["message"]:
            refused += 1
            assert is_one_sentence(answer["message"]), answer["message"]
            assert state(studio) == before, "nothing is lost"
        else:
            assert pixels(answer["image"]) == studio.result.tobytes()
    assert 200 < refused < 480
    assert not ask(studio, 501, action="upload", data=text(FILES["JPEG"]))["message"]


@pytest.mark.parametrize(("file", "part"), [
    (b"", "expected a PNG, JPEG, WebP, GIF, BMP or TIFF, got none."),
    (huge_png(20_000, 20_000), "expected at most 50 million pixels, got more."),
    (FILES["PNG"][:-200], "damaged or cut short"),
    (b"\0\0\0\x18ftypheic" + bytes(30), "HEIC cannot be read; export the picture as JPEG first."),
], ids=["empty", "gigantic", "cut short", "HEIC"])  # fmt: skip
def test_a_refusal_says_why(studio, file, part):
    message = ask(studio, 1, action="upload", data=text(file))["message"]
    assert is_one_sentence(message)
    assert message.startswith("Sorry, this picture cannot be used: ")
    assert part in message


# --- making one, and a page without a kernel ----------------------------------------------------------------------------
def other(**changes):
    return SRResNet(SRResNetConfig(**{**vars(CONFIG), **changes}))


@pytest.mark.parametrize(("make", "message"), [
    (list, "expected two networks, SRResNet and SRGAN"),
    (lambda: other(), "expected two networks"),
    (lambda: (other(), other(), other()), "expected two networks"),
    (lambda: (other(), Generator(DCGANConfig(size=16, base_channels=4))), "expected two SRResNets, got SRResNet and Generator"),
    (lambda: (other(), other(blocks=3)), "two networks of equal config"),
    (lambda: (other(channels=1), other(channels=1)), "for 3 channels"),
])  # fmt: skip
def test_wrong_networks_are_one_sentence(make, message):
    with pytest.raises(ValueError, match=message):
        widgets.SuperResolutionStudio(make(), smooth())


def test_wrong_pictures_are_one_sentence():
    with pytest.raises(PictureError, match="expected a PIL picture or a tensor"):
        widgets.SuperResolutionStudio(untrained(), "cat.png")


def test_networks_of_other_scales_enlarge_by_theirs():
    studio = widgets.SuperResolutionStudio((other(scale=2).train(), other(scale=2)), smooth())
    assert not any(module.training for module in studio.network.modules())
    assert (studio.scale, json.loads(studio.settings)["scale"]) == (2, 2)
    assert studio.result.size == (192, 192)
    assert "enlarged 2 times" in studio.alt_text


def test_without_shipped_networks_the_loaders_sentence_says_so():
    missing = {"srresnet-x4", "srgan-x4"} - set(pretrained_names())
    if missing:
        with pytest.raises(ValueError, match="no weights called '(srresnet|srgan)-x4' are shipped"):
            widgets.SuperResolutionStudio()
        return
    studio = widgets.SuperResolutionStudio()
    assert not ask(studio, 1, action="adjust", crop=[200, 60, 128, 128])["message"]
    change = [
        np.abs(np.asarray(x).astype(int) - np.asarray(studio.bicubic)).mean()
        for x in (studio.srresnet, studio.result)
    ]
    assert 0.5 < change[0] < change[1], "both change the bicubic picture, and SRGAN the more"


def test_one_output_serves_pages_with_and_without_a_kernel(studio, capsys):
    studio.adjust(crop=(10, 20, 64, 48), gan_weight=0.5)
    bundle = mimebundle(studio)
    assert bundle[WIDGET_VIEW]["model_id"] == studio.model_id
    assert bundle["text/plain"].endswith(
        "64 x 48 pixels of your picture, 10 from the left and 20 from the top, enlarged 4 times with a GAN weight of 0.50."
    )
    sheet = Image.open(io.BytesIO(base64.b64decode(bundle["image/png"])))
    assert sheet.size == (4 * (256 + 12) + 12, 30 + 256 + 12)
    panels = [sheet.crop((12 + k * 268, 30, 12 + k * 268 + 256, 286)).tobytes() for k in range(4)]
    assert len(set(panels)) == 4
    widgets.show(studio)
    assert studio.alt_text in capsys.readouterr().out
    assert "SuperResolutionStudio" in dir(widgets)
