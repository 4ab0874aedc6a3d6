"""Studio without a page: what is made when, where results go, and what the page may ask."""

import base64
import io
import json

import numpy as np
import pytest
from PIL import Image

from ganlab.app import tabs
from ganlab.app.page import Studio
from ganlab.images import to_pil
from tests.widgets.asking import ask

PAIRS = [(pane, tab) for pane in tabs.PANES for tab in tabs.TABS[tabs.tab_of(pane)].goes_to]


@pytest.fixture(scope="module")
def studio():
    made = Studio(seed=3)
    yield made
    made.close()


def test_only_the_first_tab_is_made_at_the_start():
    fresh = Studio(seed=3)
    assert list(fresh.panes) == ["generate"]
    assert json.loads(fresh.response)["model"] == fresh.panes["generate"].model_id
    fresh.close()
    assert fresh.panes["generate"].comm is None, "closed with its studio"


def test_a_seed_makes_the_first_face_and_without_one_it_differs():
    faces = [Studio(seed=seed).result("generate").tobytes() for seed in (3, 3, 4)]
    assert faces[0] == faces[1] != faces[2]
    assert Studio().seed != Studio().seed


def test_the_page_is_told_of_all_tabs_and_of_every_way():
    told = json.loads(Studio(seed=0).settings)["tabs"]
    assert [tab["title"] for tab in told] == ["Generate", "Restore", "Style", "Enlarge"]
    assert all(tab["does"].endswith(".") and tab["cannot"].endswith(".") for tab in told)
    assert {(tab["name"], goal) for tab in told for goal in tab["goesTo"]} == {
        ("generate", "restore"), ("generate", "style"), ("generate", "enlarge"), ("restore", "style"),
        ("restore", "enlarge"), ("style", "restore"), ("style", "enlarge"), ("enlarge", "restore"), ("enlarge", "style"),
    }  # fmt: skip


def test_sliders_have_names_that_mean_something(studio):
    assert list(studio.panes["generate"].directions)[:4] == ["glasses", "smile", "beard", "hat"]


def arrived(studio, pane):
    """The picture that a studio works on now."""
    picture = studio.panes[pane].picture
    return picture if isinstance(picture, Image.Image) else to_pil(picture)


@pytest.mark.parametrize(("origin", "tab"), PAIRS)
def test_a_result_arrives_as_it_was(studio, origin, tab):
    sent = studio.result(origin)
    answer = ask(studio, 1, action="send", **{"from": origin, "to": tab})
    assert answer["message"] == ""
    assert f"{sent.width} × {sent.height} pixels" in answer["news"]
    assert answer["pane"] == tabs.receiving_pane(origin, tab)
    assert answer["model"] == studio.panes[answer["pane"]].model_id
    got = arrived(studio, answer["pane"])
    if tab == "style" and max(sent.size) < 256:
        assert got.size == (256, 256), "enlarged, so that a brush mark has room"
    if got.size == sent.size:
        assert np.array_equal(np.asarray(got), np.asarray(sent)), "bit for bit"
    else:
        small = [np.asarray(p.resize((32, 32), Image.Resampling.BOX), float) for p in (got, sent)]
        assert np.abs(small[0] - small[1]).mean() < 6, "the same picture in another size"


def test_a_face_goes_to_the_network_that_knows_faces(studio):
    assert tabs.receiving_pane("generate", "restore") == "restore-faces"
    assert tabs.receiving_pane("style", "restore") == "restore-photos"


@pytest.mark.parametrize(
    "wish",
    [
        {"action": "open", "pane": "/etc/passwd"},
        {"action": "open", "pane": ["generate"]},
        {"action": "open"},
        {"action": "send", "from": "enlarge", "to": "generate"},
        {"action": "send", "from": "generate", "to": "__class__"},
        {"action": "send", "from": {"a": 1}, "to": "style"},
        {"action": "import os"},
        {},
    ],
)
def test_a_wish_that_makes_no_sense_gets_a_sentence(studio, wish):
    panes = dict(studio.panes)
    answer = ask(studio, 7, **wish)
    assert answer["message"].startswith("Sorry, the page's request was not understood: ")
    assert "model" not in answer
    assert studio.panes == panes


@pytest.mark.parametrize("text", ["", "no JSON", "[]", "3", '{"id": {"x": 1}}', "{" * 500])
def test_a_request_that_is_none_gets_a_sentence(text):
    fresh = Studio(seed=0)
    fresh.request = "-"
    fresh.request = text
    assert json.loads(fresh.response)["message"].startswith("Sorry, ")
    assert json.loads(fresh.response)["id"] == 0


def test_a_broken_upload_gets_a_sentence_in_its_own_studio(studio):
    good = io.BytesIO()
    Image.new("RGB", (40, 30), "red").save(good, "PNG")
    for pane in ("restore-photos", "style", "enlarge"):
        widget = studio.visit(pane)
        before = arrived(studio, pane)
        data = base64.b64encode(good.getvalue()[:40]).decode()
        widget.request = json.dumps({"id": 11, "action": "upload", "data": data})
        said = json.loads(widget.response)["message"]
        assert said.startswith("Sorry, this picture cannot be used: "), (pane, said)
        assert arrived(studio, pane) == before
