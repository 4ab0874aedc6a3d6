"""Downloads without a network: small files in the real formats, whole, half, damaged, and not there at all."""

import gzip
import hashlib
import io
import pickle
import shutil
import struct
import tarfile
import zipfile

import numpy as np
import pytest
import torch
import torchvision
from PIL import Image
from torchvision.datasets import utils

from ganlab import data
from ganlab.data import remote
from ganlab.data.remote import DownloadError


def md5(content):
    return hashlib.md5(content).hexdigest()


def idx(array):
    return struct.pack(">HBB", 0, 8, array.ndim) + struct.pack(f">{array.ndim}I", *array.shape) + array.tobytes()


@pytest.fixture
def server(tmp_path, monkeypatch):
    """A folder that answers for the web: download_url copies from it, checks the digest, or fails as offline."""
    shelf = tmp_path / "server"
    shelf.mkdir()

    def download(url, root, filename, digest):
        source = shelf / filename
        if not source.exists():
            raise OSError("<urlopen error [Errno -2] Name or service not known>")
        shutil.copy(source, f"{root}/{filename}")
        if not utils.check_integrity(f"{root}/{filename}", digest):
            raise RuntimeError("File not found or corrupted.")

    monkeypatch.setattr(utils, "download_url", download)
    return shelf


@pytest.fixture
def tiny_mnist(server, monkeypatch):
    """Ten pictures and labels, gzipped IDX, known to torchvision by their digests."""
    pictures = np.arange(10 * 28 * 28, dtype=np.uint8).reshape(10, 28, 28)
    labels = np.arange(10, dtype=np.uint8)
    resources = []
    for name, array in (("train-images-idx3-ubyte.gz", pictures), ("train-labels-idx1-ubyte.gz", labels)):
        content = gzip.compress(idx(array), mtime=0)
        (server / name).write_bytes(content)
        resources.append((name, md5(content)))
    monkeypatch.setattr(torchvision.datasets.MNIST, "resources", resources)
    # torchvision itself also asks for the test files; they do not matter here.
    monkeypatch.setattr(torchvision.datasets.MNIST, "_check_exists", lambda self: True)
    return pictures, labels


def test_a_whole_download_becomes_pictures(tiny_mnist, tmp_path):
    found = data.mnist(root=tmp_path / "here")
    assert found.images.shape == (10, 1, 28, 28)
    expected = torch.from_numpy(tiny_mnist[0])[:, None].float() / 127.5 - 1
    torch.testing.assert_close(found.images, expected)
    assert found.labels["digit"].tolist() == list(range(10))
    assert data.mnist(root=tmp_path / "here", size=32).images.shape == (10, 1, 32, 32)
    with pytest.raises(ValueError, match="at least 8 pixels"):
        data.mnist(root=tmp_path / "here", size=4)


def test_a_half_download_is_never_taken_for_a_whole_one(tiny_mnist, server, tmp_path):
    raw = tmp_path / "here" / "MNIST" / "raw"
    raw.mkdir(parents=True)
    whole = (server / "train-images-idx3-ubyte.gz").read_bytes()
    (raw / "train-images-idx3-ubyte.gz").write_bytes(whole[: len(whole) // 2])
    assert len(data.mnist(root=tmp_path / "here")) == 10
    assert (raw / "train-images-idx3-ubyte.gz").read_bytes() == whole


def test_a_server_that_sends_half_leaves_nothing_behind(tiny_mnist, server, tmp_path):
    half = server / "train-images-idx3-ubyte.gz"
    half.write_bytes(half.read_bytes()[:50])
    with pytest.raises(DownloadError, match=r"train-images-idx3-ubyte\.gz is not on this machine .*use digits\(\)"):
        data.mnist(root=tmp_path / "here")
    assert list((tmp_path / "here" / "MNIST" / "raw").iterdir()) == []


@pytest.mark.parametrize(
    "damage", [lambda c: c[:500], lambda c: b"\x00\x00", lambda c: c[:6], lambda c: b"junk" + c[4:]]
)
def test_a_damaged_unpacked_file_is_unpacked_again(tiny_mnist, tmp_path, damage):
    data.mnist(root=tmp_path / "here")
    unpacked = tmp_path / "here" / "MNIST" / "raw" / "train-images-idx3-ubyte"
    content = unpacked.read_bytes()
    unpacked.write_bytes(damage(content))
    assert len(data.mnist(root=tmp_path / "here")) == 10
    assert unpacked.read_bytes() == content


def test_files_put_there_unpacked_by_hand_are_enough(tiny_mnist, server, tmp_path):
    data.mnist(root=tmp_path / "here")
    for packed in (*(tmp_path / "here" / "MNIST" / "raw").glob("*.gz"), *server.iterdir()):
        packed.unlink()
    assert len(data.mnist(root=tmp_path / "here")) == 10


def test_offline_is_one_sentence_with_file_folder_and_alternative(server, tmp_path):
    with pytest.raises(DownloadError) as caught:
        data.fashion_mnist(root=tmp_path / "here", train=False)
    said = str(caught.value)
    assert "\n" not in said
    for part in ("t10k-images-idx3-ubyte.gz", str(tmp_path / "here" / "FashionMNIST" / "raw"), "by hand", "digits()"):
        assert part in said


def test_a_host_that_refuses_is_quoted_whole_and_all_that_is_missing_is_named(server, tmp_path, monkeypatch):
    """U14: what a host says of its quota stands in the second line, and one file is seldom the only one."""

    def refuse(url, root, filename, digest):
        raise RuntimeError(
            "Failed to retrieve the public link.\nToo many users have viewed this file recently.\x1b[2J"
        )

    monkeypatch.setattr(utils, "download_url", refuse)
    with pytest.raises(DownloadError) as caught:
        data.mnist(root=tmp_path / "here", train=False)
    said = str(caught.value)
    assert said.isprintable()
    assert "Failed to retrieve the public link. Too many users have viewed this file recently." in said
    for name in ("t10k-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte.gz"):
        assert name in said


def test_a_folder_that_cannot_be_made_is_named(server, tmp_path):
    (tmp_path / "here").write_text("a file where the folder should be")
    with pytest.raises(DownloadError, match="cannot be written to"):
        data.mnist(root=tmp_path / "here")


@pytest.fixture
def tiny_cifar(server, monkeypatch):
    """CIFAR-10's archive with one small batch."""
    kind = torchvision.datasets.CIFAR10
    pictures = np.arange(6 * 3072, dtype=np.uint32).astype(np.uint8).reshape(6, 3072)
    batch = pickle.dumps({"data": pictures, "labels": [0, 1, 2, 3, 4, 5]})
    meta = pickle.dumps({"label_names": [f"kind{i}" for i in range(10)]})
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        for name, content in (("data_batch_1", batch), ("batches.meta", meta)):
            entry = tarfile.TarInfo(f"{kind.base_folder}/{name}")
            entry.size = len(content)
            tar.addfile(entry, io.BytesIO(content))
    (server / kind.filename).write_bytes(buffer.getvalue())
    monkeypatch.setattr(kind, "tgz_md5", md5(buffer.getvalue()))
    monkeypatch.setattr(kind, "train_list", [["data_batch_1", md5(batch)]])
    monkeypatch.setattr(kind, "test_list", [])
    monkeypatch.setattr(kind, "meta", {"filename": "batches.meta", "key": "label_names", "md5": md5(meta)})
    return pictures


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # tarfile's filters, torchvision's business
def test_cifar_is_unpacked_read_and_repaired(tiny_cifar, tmp_path):
    found = data.cifar10(root=tmp_path / "here")
    assert found.images.shape == (6, 3, 32, 32)
    expected = torch.from_numpy(tiny_cifar.reshape(6, 3, 32, 32)).float() / 127.5 - 1
    torch.testing.assert_close(found.images, expected)
    assert found.classes["kind"][5] == "kind5"
    (tmp_path / "here" / "cifar-10-batches-py" / "data_batch_1").write_bytes(b"half")
    torch.testing.assert_close(data.cifar10(root=tmp_path / "here").images, expected)


def test_cifar_offline(server, tmp_path):
    with pytest.raises(DownloadError, match=r"cifar10: the file cifar-10-python\.tar\.gz is not on this machine"):
        data.cifar10(root=tmp_path)


@pytest.fixture
def tiny_celeba(server, monkeypatch):
    """CelebA's own files with five people: three for training, two for validation."""
    names = [f"{number:06}.jpg" for number in range(1, 6)]
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for index, name in enumerate(names):
            picture = io.BytesIO()
            Image.new("RGB", (178, 218), (255, 0, 50 * index)).save(picture, "JPEG")
            archive.writestr(f"img_align_celeba/{name}", picture.getvalue())

    def table(header, row):
        return "".join(header) + "".join(f"{name} {row(index)}\n" for index, name in enumerate(names))

    files = {
        "list_attr_celeba.txt": table(("5\n", "Smiling Eyeglasses \n"), lambda i: f"{1 if i % 2 else -1}  1"),
        "identity_CelebA.txt": table((), lambda i: i),
        "list_bbox_celeba.txt": table(("5\n", "image_id x y w h\n"), lambda i: "1 2 3 4"),
        "list_landmarks_align_celeba.txt": table(("5\n", "x y\n"), lambda i: "1 2"),
        "list_eval_partition.txt": table((), lambda i: int(i >= 3)),
        "img_align_celeba.zip": buffer.getvalue(),
    }
    for name, content in files.items():
        (server / name).write_bytes(content.encode() if isinstance(content, str) else content)
    known = [(f"id-{name}", md5((server / name).read_bytes()), name) for name in files]
    monkeypatch.setattr(torchvision.datasets.CelebA, "file_list", known)
    return server


def test_celeba_becomes_squares_with_attributes(tiny_celeba, tmp_path):
    found = data.celeba(2, size=16, root=tmp_path)
    assert found.images.shape == (2, 3, 16, 16)
    assert found.images[1, 0].min() > 0.9 > -0.9 > found.images[1, 1].max()  # red, hardly any green
    assert found.labels["Smiling"].tolist() == [0, 1]
    assert found.labels["Eyeglasses"].tolist() == [1, 1]
    assert "non-commercial" in found.licence
    assert len(data.celeba(size=16, split="valid", root=tmp_path)) == 2
    for bad in ({"n": 0}, {"split": "tran"}):
        with pytest.raises(ValueError, match="expected n >= 1 and split train"):
            data.celeba(root=tmp_path, **bad)


def test_a_half_unpacked_celeba_is_never_taken_for_a_whole_one(tiny_celeba, tmp_path):
    whole = data.celeba(size=16, root=tmp_path).images
    unpacked = tmp_path / "celeba" / "img_align_celeba"
    (unpacked / "000002.jpg").unlink()
    assert torch.equal(data.celeba(size=16, root=tmp_path).images, whole)
    assert len(list(unpacked.iterdir())) == 5
    assert list((tmp_path / "celeba").glob(".*")) == []


def test_celeba_put_there_by_hand_needs_no_network(tiny_celeba, tmp_path):
    shutil.copytree(tiny_celeba, tmp_path / "celeba")
    for file in tiny_celeba.iterdir():
        file.unlink()
    assert len(data.celeba(size=16, root=tmp_path)) == 3
    (tmp_path / "celeba" / "img_align_celeba.zip").unlink()
    assert len(data.celeba(size=16, root=tmp_path)) == 3, "once unpacked, the archive may go"
    (tmp_path / "celeba" / "img_align_celeba" / "000001.jpg").write_bytes(b"cut")
    with pytest.raises(DownloadError, match=r"celeba: 000001\.jpg: .*; delete .*img_align_celeba and call again"):
        data.celeba(size=16, root=tmp_path)


@pytest.mark.parametrize("missing", ["list_attr_celeba.txt", "img_align_celeba.zip"])
def test_celeba_offline_names_the_file_and_the_alternative(tiny_celeba, tmp_path, missing):
    (tiny_celeba / missing).unlink()
    with pytest.raises(DownloadError, match=rf"celeba: the file {missing} is not on this machine .*or use faces\(\)"):
        data.celeba(root=tmp_path)


def test_celeba_that_cannot_be_unpacked_leaves_nothing(tiny_celeba, tmp_path, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(shutil, "unpack_archive", full)
    with pytest.raises(DownloadError, match=r"cannot be unpacked into .*\(No space left on device\); make room"):
        data.celeba(root=tmp_path)
    assert sorted(file.name for file in (tmp_path / "celeba").iterdir()) == sorted(
        f.name for f in tiny_celeba.iterdir()
    )


def test_unreadable_files_are_one_sentence(tmp_path):
    def build():
        raise EOFError("ran out of input")

    with pytest.raises(
        DownloadError, match=r"cannot be read \(EOFError\); delete that folder and try again, or use faces"
    ):
        remote.load_torchvision(build, dataset="x", instead="faces()", folder=tmp_path)


def test_where_downloads_live(monkeypatch, tmp_path):
    monkeypatch.setenv("GANLAB_DATASETS", str(tmp_path / "mine"))
    assert remote.datasets_folder() == tmp_path / "mine"
    monkeypatch.delenv("GANLAB_DATASETS")
    checkout = tmp_path / "checkout"
    (checkout / "ganlab" / "data").mkdir(parents=True)
    monkeypatch.setattr(remote, "__file__", str(checkout / "ganlab" / "data" / "remote.py"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    assert remote.datasets_folder() == tmp_path / "cache" / "ganlab" / "datasets"
    (checkout / "datasets").mkdir()
    (checkout / "datasets" / "README.md").write_text("cards")
    assert remote.datasets_folder() == checkout / "datasets"
