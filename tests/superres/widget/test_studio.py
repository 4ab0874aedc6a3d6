"""SuperResolutionStudio's Python side: what is shown, crops as page and programs give them, pictures of every size."""

import base64
import copy
import io
import json

import numpy as np
import pytest
import torch
from PIL import Image

from ganlab import data, widgets
from ganlab.data.photographs import HELD_OUT
from ganlab.dcgan.networks import DCGANConfig, Generator
from ganlab.images import PictureError, open_picture, to_pil, to_tensor
from ganlab.pretrained import pretrained_names
from ganlab.superres.networks import SRResNet, SRResNetConfig
from ganlab.superres.tiles import blend_networks
from ganlab.widgets.kit.show import WIDGET_VIEW, mimebundle
from tests.superres.widget.small import CONFIG, HEIGHT, WIDTH, far, seen, small_studio, smooth, state, untrained
from tests.widgets.asking import ask, is_one_sentence, pixels, sides, text
from tests.widgets.broken_pictures import FILES, saved


@pytest.fixture
def networks():
    return untrained()


@pytest.fixture
def studio():
    return small_studio()


# --- what is shown ----------------------------------------------------------------------------------------------------
def test_it_begins_in_the_middle_with_all_of_the_gan(studio):
    answer = json.loads(studio.response)
    assert studio.crop == (27, 7, 96, 96)
    assert (answer["crop"], answer["gan_weight"], answer["sample"]) == ([27, 7, 96, 96], 1, None)
    assert (answer["width"], answer["height"], answer["full"]) == (WIDTH, HEIGHT, [WIDTH, HEIGHT])
    assert (answer["message"], answer["whole"], answer["ms"]) == ("", None, None)
    assert studio.result.size == studio.bicubic.size == studio.srresnet.size == (384, 384)


@pytest.mark.parametrize("crop", [(27, 7, 96, 96), (30, 20, 64, 50), (9, 8, 16, 80)])
def test_the_page_has_exactly_what_the_networks_give(studio, crop):
    answer = ask(studio, 1, action="adjust", crop=list(crop))
    assert not answer["message"]
    assert studio.crop == crop
    picture, (srresnet, srgan) = studio.picture, (studio._enlarger.srresnet, studio._enlarger.srgan)
    assert far(studio.bicubic, seen(picture, crop)) == 0
    assert far(studio.srresnet, seen(picture, crop, srresnet)) <= 1
    assert far(studio.result, seen(picture, crop, srgan)) <= 1
    assert len({studio.bicubic.tobytes(), studio.srresnet.tobytes(), studio.result.tobytes()}) == 3
    compared = json.loads(studio.compared)
    assert pixels(compared["bicubic"]) == studio.bicubic.tobytes()
    assert pixels(compared["srresnet"]) == studio.srresnet.tobytes()
    assert pixels(answer["image"]) == studio.result.tobytes()
    assert pixels(studio.original) == picture.tobytes()


def test_the_dials_ends_are_the_two_networks_and_between_is_their_mixture(studio, networks):
    studio.crop = crop = (30, 20, 64, 64)
    answer = ask(studio, 1, action="adjust", gan_weight=0)
    assert studio.network is networks[0]
    assert pixels(answer["image"]) == studio.srresnet.tobytes()
    assert far(studio.result, seen(studio.picture, crop, networks[0])) <= 1
    ask(studio, 2, action="adjust", gan_weight=1)
    assert studio.network is networks[1]
    assert far(studio.result, seen(studio.picture, crop, networks[1])) <= 1
    ask(studio, 3, action="adjust", gan_weight=0.3)
    assert far(studio.result, seen(studio.picture, crop, blend_networks(*networks, 0.3))) <= 1
    middle = (0.7 * np.asarray(seen(studio.picture, crop, networks[0])) + 0.3 * np.asarray(seen(studio.picture, crop, networks[1])))  # fmt: skip
    assert np.abs(np.asarray(studio.result) - middle).max() > 1, "it is no mixture of pictures"
    for end, expected in ((0.0001, networks[0]), (0.9999, networks[1])):
        studio.gan_weight = end
        assert far(studio.result, seen(studio.picture, crop, expected)) <= 1, "the dial has no jump at its ends"


def test_what_is_known_is_not_computed_again(studio, networks, monkeypatch):
    calls = []
    for name, network in zip(("srresnet", "srgan"), networks, strict=True):
        original = network.head.forward
        monkeypatch.setattr(
            network.head, "forward", lambda x, original=original, name=name: calls.append(name) or original(x)
        )
    ask(studio, 1, action="adjust", crop=[5, 5, 32, 32])
    assert calls == ["srresnet", "srgan"]
    compared = studio.compared
    ask(studio, 2, action="adjust", gan_weight=1)
    ask(studio, 3, action="look")
    assert calls == ["srresnet", "srgan"]
    ask(studio, 4, action="adjust", gan_weight=0)
    assert calls == ["srresnet", "srgan"], "SRResNet's picture is there already"
    assert studio.compared == compared, "the dial sends one picture, not three"
    ask(studio, 5, action="adjust", crop=[6, 5, 32, 32])
    assert calls == ["srresnet", "srgan", "srresnet"]
    assert len(studio.latencies_ms) == 5
    print("kernel time in ms:", [round(ms, 1) for ms in studio.latencies_ms])


def test_samples_are_photographs_as_they_are_and_say_what_was_trained_on(networks):
    studio = widgets.SuperResolutionStudio(networks)
    shown = json.loads(studio.settings)["samples"]
    assert [sample["name"] for sample in shown] == [*HELD_OUT, "astronaut"]
    assert [sample["remark"] for sample in shown] == ["never trained on"] * 3 + ["the networks were trained on it"]
    for index, name in enumerate([*HELD_OUT, "astronaut"]):
        answer = ask(studio, index + 1, action="sample", index=index)
        assert (answer["sample"], answer["message"]) == (index, "")
        assert studio.picture.tobytes() == to_pil(data.photos(name).images[0]).tobytes()
        wide, tall = studio.crop[2:]
        assert (wide, tall) == (96, 96)
        assert f"of {name}, {studio.crop[0]} from the left" in answer["alt"]


# --- crops --------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("crop", "message"), [
    ([0, 0, 200, 20], "expected a crop 16 to 150 pixels wide, got"), ([0, 0, 20, 111], "16 to 110 pixels high"),
    ([0, 0, 15, 20], "16 to 150 pixels wide"), ([0, 0, 20, -20], "16 to 110 pixels high"), ([-1, 0, 20, 20], "inside of the picture's 150 x 110"),
    ([131, 0, 20, 20], "inside of the picture's"), ([0, 10**30, 20, 20], "inside of the picture's"), ([0, 0, 20], "as left, top, width and height"),
    ([0, 0, 20, 20, 0], "as left, top"), ("left", "as left, top"), (7, "as left, top"), ({"left": 0}, "as left, top"),
    ([0, 0, 20.5, 20], "four whole numbers"), ([0, 0, 20.0, 20], "four whole numbers"), ([None, 0, 20, 20], "four whole numbers"),
    ([True, 0, 20, 20], "as left, top"), ([[0], 0, 20, 20], "four whole numbers"),
])  # fmt: skip
def test_bad_crops_are_one_sentence_and_lose_nothing(studio, crop, message):
    ask(studio, 1, action="adjust", crop=[3, 4, 50, 60])
    result = studio.result
    answer = ask(studio, 2, action="adjust", crop=crop)
    assert is_one_sentence(answer["message"])
    assert message in answer["message"]
    assert (studio.crop, answer["crop"]) == ((3, 4, 50, 60), [3, 4, 50, 60])
    assert studio.result is result
    with pytest.raises(ValueError, match="expected a crop"):
        studio.crop = crop
    assert studio.result is result


def test_a_crop_has_at_most_192_pixels_a_side_and_a_small_picture_is_one_crop(networks):
    studio = widgets.SuperResolutionStudio(networks, smooth(500, 400))
    studio.crop = (500 - 192, 400 - 192, 192, 192)
    assert studio.result.size == (768, 768)
    with pytest.raises(ValueError, match="16 to 192 pixels wide, got"):
        studio.crop = (0, 0, 193, 20)
    studio.picture = smooth(7, 5)
    assert studio.crop == (0, 0, 7, 5)
    assert studio.result.size == (28, 20)
    studio.crop = (np.int64(0), np.int64(0), np.int64(7), np.int64(5))
    assert json.loads(studio.response)["crop"] == [0, 0, 7, 5]
    with pytest.raises(ValueError, match="5 to 5 pixels high"):
        studio.crop = (0, 0, 7, 4)


# --- the picture ----------------------------------------------------------------------------------------------------------
def test_programs_may_set_picture_crop_and_weight(studio):
    tensor = to_tensor(smooth(60, 40, seed=3))
    for picture in (tensor, tensor[None], to_pil(tensor), to_pil(tensor).convert("RGBA")):
        studio.picture = picture
        assert (studio.picture.mode, studio.picture.size, studio.crop) == ("RGB", (60, 40), (0, 0, 60, 40))
        assert studio.picture.tobytes() == to_pil(tensor).tobytes()
    studio.picture = Image.new("L", (30, 20), 128)
    studio.gan_weight, studio.crop = 0.25, (1, 2, 16, 17)
    answer = json.loads(studio.response)
    assert (answer["gan_weight"], answer["crop"], studio.gan_weight) == (0.25, [1, 2, 16, 17], 0.25)
    result = studio.result
    for wrong in (np.zeros((4, 4, 3)), None, torch.full((3, 4, 4), torch.nan), torch.zeros(3, 0, 4), torch.zeros(2, 4, 4), Image.new("RGB", (0, 5))):  # fmt: skip
        with pytest.raises(PictureError):
            studio.picture = wrong
    for wrong in (1.5, -0.1, "1", True, float("nan")):
        with pytest.raises(ValueError, match="a GAN weight from 0 to 1"):
            studio.gan_weight = wrong
    assert studio.result is result


def test_a_smaller_size_keeps_the_frames_middle_and_the_photo(studio):
    large = smooth(1500, 1000)
    studio.picture = large
    studio.crop = (300, 600, 100, 60)
    answer = ask(studio, 1, action="size", size=256)
    assert (answer["width"], answer["height"], answer["full"], answer["size"]) == (256, 171, [1500, 1000], 256)
    assert studio.picture.tobytes() == large.resize((256, 171), Image.Resampling.BICUBIC).tobytes()
    left, top, wide, tall = studio.crop
    assert (wide, tall) == (100, 60)
    assert (left + wide / 2, top + tall / 2) == (
        pytest.approx(350 / 1500 * 256, abs=1),
        pytest.approx(630 / 1000 * 171, abs=1),
    )
    assert ask(studio, 2, action="size", size=1024)["width"] == 1024
    assert ask(studio, 3, action="size", size=0)["width"] == 1500
    assert studio.picture is large or studio.picture.tobytes() == large.tobytes(), "nothing is lost"
    ask(studio, 4, action="size", size=512)
    answer = ask(studio, 5, action="sample", index=0)
    assert (answer["width"], answer["size"]) == (451, 512), "a picture is never made larger"


def test_a_large_picture_is_shown_smaller_and_kept_as_it_is(studio):
    large = smooth(2500, 1500)
    studio.picture = large
    shown = Image.open(io.BytesIO(base64.b64decode(studio.original.partition(",")[2])))
    assert (shown.format, shown.size) == ("JPEG", (1024, 614))
    assert json.loads(studio.response)["width"] == 2500
    studio.crop = crop = (2300, 1400, 40, 30)
    assert far(studio.bicubic, seen(large, crop)) == 0, "of its own pixels, not of those shown"
    assert far(studio.result, seen(large, crop, studio.network)) <= 1
    studio.picture = smooth(30_000, 1)
    assert (studio.crop, studio.result.size) == ((14_952, 0, 96, 1), (384, 4))
    assert studio.static_picture().height > 256


# --- requests that are none: what is true of any widget is tested with the kit ---------------------------------------
@pytest.mark.parametrize("wish", [
        {"action": "_show"}, {"action": "adjust", "gan_weight": 1.01}, {"action": "adjust", "gan_weight": "1"},
        {"action": "adjust", "gan_weight": True}, {"action": "adjust", "gan_weight": float("nan")}, {"action": "adjust", "gan_weight": 10**400}, {"action": "adjust", "gan_weight": [0.5]},
        {"action": "adjust", "crop": "0 0 20 20"}, {"action": "adjust", "crop": [0, 0, 20, 10**300]}, {"action": "adjust", "crop": [0] * 10_000},
        {"action": "adjust", "crop": [[0] * 900, 0, 20, 20]}, {"action": "adjust", "crop": [0, 0, 20, 20], "gan_weight": 2},
        {"action": "sample"}, {"action": "sample", "index": 4}, {"action": "sample", "index": True}, {"action": "sample", "index": -1},
        {"action": "size"}, {"action": "size", "size": 100}, {"action": "size", "size": False}, {"action": "size", "size": "256"},
        {"action": "upload"}, {"action": "upload", "data": {}}, {"action": "upload", "data": "no base64!"}, {"action": "piece"},
        {"action": "piece", "job": 1, "index": 0}, {"action": "piece", "job": None, "index": None},
], ids=lambda wish: str(wish)[:60])  # fmt: skip
def test_a_malformed_request_is_one_sentence_and_loses_nothing(studio, wish):
    studio.adjust(crop=(20, 10, 40, 30), gan_weight=0.5)
    before = state(studio)
    answer = ask(studio, 5, **wish)
    assert is_one_sentence(answer["message"]), answer["message"]
    assert len(answer["message"]) < 300
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


# --- a person's own files: what is true of any studio is tested with the kit ------------------------------------------
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
    exif = Image.Exif()
    exif[0x0112] = 6
    studio.upload(saved(Image.fromarray(sides()), "JPEG", exif=exif, quality=95))
    assert studio.picture.size == (32, 60)
    top, bottom = (np.asarray(studio.picture.crop(box)).mean() for box in ((0, 0, 32, 25), (0, 35, 32, 60)))
    assert top > 100 > 10 > bottom, "orange is on top"


def test_a_file_comes_in_pieces_and_a_broken_one_loses_nothing(studio):
    file, before = FILES["PNG"], state(studio)
    cut = len(file) // 2
    answer = ask(studio, 1, action="upload", data=text(file[:cut]), first=True, more=True)
    assert answer == {"id": 1, "more": True, "whole": None}
    assert studio.scene is before[0]
    assert not ask(studio, 2, action="upload", data=text(file[cut:]), first=False, more=False)["message"]
    assert studio.scene.photo.name == "your picture"
    before = state(studio)
    assert is_one_sentence(ask(studio, 3, action="upload", data=text(file[:-200]))["message"])
    with pytest.raises(ValueError, match="damaged or cut short"):
        studio.upload(file[:-200])
    assert state(studio) == before


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
    # Looked at in eval mode, and left in the mode it came in: tests/widgets/test_looking.py.
    assert all(module.training for module in studio.network.modules())
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
