"""A page's questions: numbered, answered once each, and whatever is wrong with one is a sentence. For all widgets at once."""

import json

import pytest
import torch

from ganlab import widgets
from ganlab.app.page import Studio
from ganlab.data import toy
from ganlab.dcgan.networks import DCGANConfig, Generator
from ganlab.features.encoder import AdaINConfig, Encoder
from ganlab.images import PictureError
from ganlab.style.networks import Decoder
from ganlab.style.transfer import StyleTransfer
from ganlab.widgets.kit.session import LONGEST, Session
from tests.superres.widget.small import small_studio
from tests.widgets.asking import ask, is_one_sentence

NOT_REQUESTS = [
    "", "{", "[]", "3", "null", '"undo"', "{}", '{"id": 1}', '{"action": "paint?"}', '{"id": [], "action": "undo?"}', "[" * 100_000,
    '{"id": {"x": 1}}', '{"id": true}', '{"id": 1.0, "action": 1}', "{" * 500, "no JSON", "NaN", "\ud800",
    *(json.dumps({"id": 5, **wish}) for wish in (
        {"action": ["look"]}, {"action": None}, {"action": {}}, {"action": True}, {"action": "_show"}, {"action": "__init__"},
        {"action": "x" * 10_000}, {"action": "close"}, {"action": ""},
    )),
]  # fmt: skip


class Counter(Session):
    """The smallest of widgets."""

    count, broken = 0, False

    def __init__(self):
        super().__init__()
        self._show()

    def _actions(self):
        return {
            "up": self.up,
            "part": lambda _: self._answer({"part": 1}),
            "raise": self.fail,
        }

    def up(self, wish):
        self.count += 1
        if wish.get("twice"):
            self._show()

    def fail(self, wish):
        kinds = {"value": ValueError, "picture": PictureError, "other": KeyError}
        raise kinds[wish["kind"]](wish["says"])

    def _content(self):
        if self.broken:
            raise RuntimeError
        return {"count": self.count, "ms": self._ms}


@pytest.fixture
def counter():
    return Counter()


def explorer():
    return widgets.LatentExplorer(Generator(DCGANConfig(size=16, base_channels=4, latent_dim=10)))


def style_studio():
    config = AdaINConfig(widths=(4, 8, 8, 8))
    network = StyleTransfer(Encoder(config), Decoder(config)).requires_grad_(False)
    return widgets.StyleStudio(
        network, contents=torch.zeros(1, 3, 16, 16), styles={"grey": torch.zeros(3, 16, 16)}, size=16
    )


MAKE = {
    "Counter": Counter, "Playground": widgets.Playground, "LatentExplorer": explorer, "InpaintStudio": None,
    "StyleStudio": style_studio, "SuperResolutionStudio": small_studio, "Studio": lambda: Studio(seed=0),
}  # fmt: skip


@pytest.fixture(params=MAKE, scope="module")
def widget(request, studio_network):
    """One of each kind."""
    return MAKE[request.param]() if MAKE[request.param] else widgets.InpaintStudio(studio_network)


def test_every_widget_of_the_course_is_asked():
    assert set(MAKE) == {*widgets.WIDGETS, "Counter", "Studio"}


# --- one error path ---------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("text", NOT_REQUESTS, ids=lambda text: text[:40])
def test_what_is_no_request_is_one_sentence_and_loses_nothing(widget, text):
    number = 5 if '"id": 5' in text else 1 if '"id": 1,' in text or '"id": 1}' in text else 0
    ask(widget, 2, action="look")
    before = json.loads(widget.response)
    widget._on_request({"new": text})
    answer = json.loads(widget.response)
    assert answer["id"] == number
    assert is_one_sentence(answer["message"]), answer["message"]
    assert len(answer["message"]) < 300
    changing = {"id", "message", "ms"}
    assert {key: value for key, value in answer.items() if key not in changing} == {
        key: value for key, value in before.items() if key not in changing
    }
    assert ask(widget, 6, action="look")["message"] == ""


@pytest.mark.parametrize(
    "junk",
    [{}, {"index": [0] * 900}, {"index": -1, "data": 7, "runs": "0", "bits": "%", "crop": {}, "points": 3}],
    ids=["nothing", "numbers", "others"],
)
def test_every_action_is_answered_once_whatever_comes_with_it(widget, junk):
    for number, action in enumerate(widget._actions(), 10):
        answers = []
        widget.observe(lambda change, answers=answers: answers.append(json.loads(change["new"])["id"]), "response")
        answer = ask(widget, number, **{"action": action, "kind": "other", "says": "", **junk})
        widget.unobserve_all("response")
        assert answers == [number]
        assert not answer.get("message") or is_one_sentence(answer["message"])


@pytest.mark.parametrize(("kind", "says", "message"), [
    ("value", "expected a cat", "Sorry, the page's request was not understood: expected a cat."),
    ("picture", "the picture: expected a cat", "Sorry, this picture cannot be used: expected a cat."),
    ("other", "a cat", "Sorry, this could not be done (KeyError)."),
])  # fmt: skip
def test_an_error_is_a_sentence_of_its_kind(counter, kind, says, message):
    answer = ask(counter, 3, action="raise", kind=kind, says=says)
    assert (answer["message"], answer["count"]) == (message, 0)


def test_a_long_reason_is_cut_short(counter):
    message = ask(counter, 3, action="raise", kind="value", says="x" * 10_000)["message"]
    assert LONGEST < len(message) < 300
    assert is_one_sentence(message)


def test_what_cannot_be_shown_is_said_all_the_same(counter):
    counter.broken = True
    assert ask(counter, 3, action="up") == {"id": 3, "message": "Sorry, this could not be done (RuntimeError)."}
    counter.broken = False
    assert ask(counter, 4, action="look")["count"] == 1


# --- questions and their numbers --------------------------------------------------------------------------------------
def test_an_action_that_does_not_answer_is_answered_with_everything(counter):
    answer = ask(counter, 3, action="up")
    assert (answer["count"], answer["message"]) == (1, "")
    assert answer["ms"] >= 0
    answers = []
    counter.observe(lambda change: answers.append(change["new"]), "response")
    ask(counter, 4, action="up", twice=True)
    assert len(answers) == 1
    assert ask(counter, 5, action="part") == {"id": 5, "part": 1}


def test_nobody_has_asked_for_what_a_program_does(counter):
    ask(counter, 3, action="up")
    counter._show()
    assert json.loads(counter.response) == {"id": 0, "count": 1, "ms": None, "message": ""}


def test_times_are_those_of_answers_that_show_everything(counter):
    counter._show()
    ask(counter, 1, action="part")
    assert counter.latencies_ms == []
    ask(counter, 2, action="up")
    assert len(counter.latencies_ms) == 1


def test_two_views_or_a_page_that_was_reloaded_may_ask_the_same(widget):
    """Each view numbers its questions from the clock, so the same wish is another text: a value that stays the same is not sent."""
    action = next(iter(widget._actions()))
    answers = [ask(widget, number, action="look")["id"] for number in (1_700_000_000_000_123, 1_700_000_000_007_456)]
    assert answers == [1_700_000_000_000_123, 1_700_000_000_007_456]
    assert isinstance(action, str)


def test_random_pressed_in_two_views_draws_twice():
    shown = explorer()
    faces = [ask(shown, number, action="random")["image"] for number in (1000, 5_000_000)]
    assert faces[0] != faces[1]
    game = widgets.Playground(target=next(iter(toy.DISTRIBUTIONS)))
    steps = [ask(game, number, action="step_d")["steps_d"] for number in (1000, 5_000_000)]
    assert steps == [1, 2]
