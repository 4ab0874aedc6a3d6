"""SuperResolutionStudio and whole pictures: enlarged in the background, asked after, stopped, fetched in pieces."""

import base64
import io
import threading

import pytest
from PIL import Image

from ganlab.images import PictureError
from ganlab.superres import enlarge
from ganlab.superres.enlarge import enlarge_picture
from ganlab.superres.tiles import EnlargingStopped
from ganlab.superres.widget import whole as whole_picture
from tests.superres.widget.small import HEIGHT, WIDTH, small_studio
from tests.widgets.asking import ask, is_one_sentence


@pytest.fixture
def studio():
    return small_studio()


def fetched(studio, whole, number=100):
    file = b"".join(
        base64.b64decode(ask(studio, number + k, action="piece", job=whole["job"], index=k)["piece"])
        for k in range(whole["pieces"])
    )
    assert len(file) == whole["bytes"]
    return Image.open(io.BytesIO(file))


def test_the_whole_picture_comes_in_pieces_and_is_the_kernels(studio, monkeypatch):
    monkeypatch.setattr(whole_picture, "PIECE", 5000)
    ask(studio, 1, action="adjust", gan_weight=0.4)
    expected = enlarge_picture(studio.network, studio.picture)
    before = len(studio.latencies_ms)
    answer = ask(studio, 2, action="whole")
    assert set(answer) == {"id", "whole"}, "the page's pictures stay as they are"
    assert answer["whole"]["job"] == 1
    studio._whole.wait(60)
    whole = ask(studio, 3, action="progress")["whole"]
    assert (whole["state"], whole["share"], whole["message"]) == ("done", 1, "")
    assert (whole["width"], whole["height"]) == (4 * WIDTH, 4 * HEIGHT)
    assert whole["pieces"] > 10
    picture = fetched(studio, whole)
    assert (picture.format, picture.tobytes()) == ("PNG", expected.tobytes())
    assert picture.tobytes() == studio.enlarge_whole().tobytes()
    assert len(studio.latencies_ms) == before, "only pictures' times are noted"
    for wish in ({"index": 0}, {"job": 2, "index": 0}, {"job": True, "index": 0}, {"job": 1, "index": whole["pieces"]}, {"job": 1, "index": -1}, {"job": 1, "index": "0"}):  # fmt: skip
        assert is_one_sentence(ask(studio, 900, action="piece", **wish)["message"])


@pytest.fixture
def slow(monkeypatch):
    """Enlarging that waits for a signal at every tile."""
    going, reached = threading.Semaphore(0), threading.Semaphore(0)
    original = enlarge.enlarge_picture

    def waiting(network, picture, *, progress, should_stop):
        def wait():
            reached.release()
            assert going.acquire(timeout=60)
            return should_stop()

        return original(network, picture, tile=40, progress=progress, should_stop=wait)

    monkeypatch.setattr(enlarge, "enlarge_picture", waiting)
    yield going, reached
    for _ in range(1000):
        going.release()


def test_the_kernel_answers_while_the_whole_picture_is_on_its_way(studio, slow):
    going, reached = slow
    picture = studio.picture
    ask(studio, 1, action="whole")
    for tiles in range(5):
        assert reached.acquire(timeout=60)
        assert ask(studio, 10 + tiles, action="progress")["whole"]["share"] == pytest.approx(tiles / 12, abs=1e-3)
        going.release()
    answer = ask(studio, 2, action="sample", index=1)
    assert (answer["message"], answer["sample"], answer["whole"]["state"]) == ("", 1, "running")
    assert ask(studio, 3, action="adjust", gan_weight=0)["whole"]["job"] == 1
    assert ask(studio, 4, action="whole")["whole"]["job"] == 1, "one at a time"
    for _ in range(12):
        going.release()
    studio._whole.wait(60)
    whole = ask(studio, 5, action="progress")["whole"]
    assert whole["state"] == "done"
    expected = enlarge_picture(studio._enlarger.srgan, picture, tile=40)
    assert fetched(studio, whole).tobytes() == expected.tobytes(), "of picture and dial as they were"


def test_it_stops_when_asked_and_can_be_begun_again(studio, slow):
    going, reached = slow
    ask(studio, 1, action="whole")
    assert reached.acquire(timeout=60)
    whole = ask(studio, 2, action="stop")["whole"]
    assert (whole["state"], whole["stopping"]) == ("running", True)
    going.release()
    studio._whole.wait(60)
    whole = ask(studio, 3, action="progress")["whole"]
    assert (whole["state"], whole["stopping"], whole["pieces"], whole["message"]) == ("stopped", False, 0, "")
    assert "the file's 0 pieces" in ask(studio, 4, action="piece", job=1, index=0)["message"]
    ask(studio, 5, action="whole")
    for _ in range(20):
        going.release()
    studio._whole.wait(60)
    whole = ask(studio, 6, action="stop")["whole"]
    assert (whole["job"], whole["state"]) == (2, "done"), "what is done stays done"
    ask(studio, 7, action="whole")
    studio.close()
    going.release()
    studio._whole.wait(60)
    assert studio._whole.state == "stopped", "a closed widget works for nobody"


def test_a_failure_on_the_way_is_said(studio, monkeypatch):
    def fail(*_, **__):
        raise MemoryError

    monkeypatch.setattr(enlarge, "enlarge_picture", fail)
    ask(studio, 1, action="whole")
    studio._whole.wait(60)
    whole = ask(studio, 2, action="progress")["whole"]
    assert (whole["state"], whole["message"]) == ("failed", "Sorry, this could not be done (MemoryError).")
    assert not ask(studio, 3, action="look")["message"]


def test_a_picture_too_large_to_be_enlarged_as_a_whole_is_refused_in_one_sentence(studio):
    studio.picture = Image.new("RGB", (2500, 1700))
    answer = ask(studio, 1, action="whole")
    assert is_one_sentence(answer["message"])
    assert (
        "at most 4 million pixels can be enlarged, and it has 2500 x 1700, so choose a smaller size"
        in answer["message"]
    )
    assert answer["whole"] is None
    with pytest.raises(PictureError, match="at most 4 million pixels"):
        studio.enlarge_whole()
    studio.resize(256)
    assert not ask(studio, 2, action="whole").get("message")
    ask(studio, 3, action="stop")
    studio._whole.wait(60)


def test_programs_hear_of_progress_and_may_stop(studio):
    heard = []
    studio.enlarge_whole(progress=lambda done, total: heard.append((done, total)))
    assert heard == [(1, 1)]
    with pytest.raises(EnlargingStopped):
        studio.enlarge_whole(should_stop=lambda: True)
