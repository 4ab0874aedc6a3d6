"""The wheel: what is in it, that each file of weights is accounted for, and that it works alone and offline."""

import hashlib
import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests._wheel import build_wheel

ROOT = Path(__file__).resolve().parent.parent
LARGEST = 50_000_000  # bytes of weights and data in all
DATA = (".safetensors", ".npz", ".npy", ".png", ".jpg", ".jpeg", ".webp", ".pt", ".gz", ".zip", ".bin")
ALONE = """
import socket, sys

def refuse(*arguments, **named):
    raise OSError("the network is switched off")

socket.socket.connect = socket.getaddrinfo = socket.create_connection = refuse
sys.path.insert(0, sys.argv[1])
import ganlab
assert ganlab.__file__.startswith(sys.argv[1]), ganlab.__file__
import numpy as np
from PIL import Image
faces = ganlab.generate(2, model="dcgan-faces64", seed=0)
assert len(faces) == 2 and faces[0].size == (64, 64)
# A picture of the test's own: the wheel has to do with what it holds.
y, x = np.mgrid[0:96, 0:128]
picture = Image.fromarray(np.stack([x * 2, y * 2, (x + y) % 256], -1).astype(np.uint8))
mask = Image.new("L", picture.size, 0)
mask.paste(255, (40, 30, 80, 60))
filled = ganlab.inpaint(picture, mask)
before, after, hole = (np.asarray(one) for one in (picture, filled, mask))
assert filled.size == picture.size and (before[hole == 0] == after[hole == 0]).all() and (before != after).any()
styled = ganlab.stylize(picture, picture.transpose(Image.Transpose.ROTATE_90), alpha=0.8)
assert styled.size == picture.size and (np.asarray(styled) != before).any()
assert ganlab.enlarge(picture.crop((0, 0, 24, 16))).size == (96, 64)
assert ganlab.enlarge(picture.crop((0, 0, 24, 16)), model="srgan-x4").size == (96, 64)
print("all four")
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    return build_wheel(tmp_path_factory.mktemp("wheel"))


def names(wheel: Path) -> list[str]:
    with zipfile.ZipFile(wheel) as archive:
        return archive.namelist()


def test_the_wheel_holds_the_package_and_nothing_else(wheel):
    tops = {name.split("/")[0] for name in names(wheel)}
    assert tops == {"ganlab", wheel.name.split("-py3")[0] + ".dist-info"}
    package = {path.relative_to(ROOT).as_posix() for path in (ROOT / "ganlab").rglob("*")
               if path.is_file() and "__pycache__" not in path.parts}  # fmt: skip
    assert package == {name for name in names(wheel) if name.startswith("ganlab/")}
    assert any(name.endswith(".dist-info/licenses/LICENSE") for name in names(wheel))


def test_weights_and_data_are_small_enough_and_each_is_accounted_for(wheel):
    readme = (ROOT / "datasets" / "README.md").read_text(encoding="utf-8")
    with zipfile.ZipFile(wheel) as archive:
        carried = [info for info in archive.infolist() if info.filename.endswith(DATA)]
        assert sum(info.file_size for info in carried) <= LARGEST
        assert carried
        for info in carried:
            assert info.filename.startswith("ganlab/weights/"), "other data would need a list of its own"
            card = json.loads(archive.read(info.filename.replace(".safetensors", ".json")))
            assert hashlib.sha256(archive.read(info)).hexdigest() == card["sha256"], info.filename
            assert info.file_size == card["bytes"]
            assert len(card["licence"]) >= 3
            assert f"| `{card['name']}` |" in readme, "datasets/README.md names it"
        # What is not data is text, and small: no weights in disguise.
        others = [info for info in archive.infolist() if info not in carried]
        assert [info.filename for info in others if info.file_size > 300_000] == []
        for info in others:
            archive.read(info).decode("utf-8")


@pytest.mark.thorough(
    when=["pyproject.toml", "ganlab/__init__.py", "ganlab/pretrained.py", "ganlab/weights/*", "tests/*wheel.py"]
)
def test_the_wheel_works_alone_and_without_a_network(wheel, tmp_path):
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--no-compile"]
    subprocess.run([*command, "--target", str(tmp_path / "site"), str(wheel)], check=True)
    (tmp_path / "elsewhere").mkdir()
    done = subprocess.run(
        [sys.executable, "-P", "-c", ALONE, str(tmp_path / "site")],
        cwd=tmp_path / "elsewhere", capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.stdout, done.returncode) == ("all four\n", 0), done.stderr
    assert list((tmp_path / "elsewhere").iterdir()) == []
