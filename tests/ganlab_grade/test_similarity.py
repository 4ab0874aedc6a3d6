"""Copies are found through renaming, layout and comments; what everybody writes, and what differs, is not."""

import ast
import inspect
import random
import textwrap

import pytest
from pygments.lexers.python import PythonLexer

from ganlab_grade.similarity import LONGEST, Pair, fingerprints, similar_pairs
from tests.checks.bank import read_banks
from tests.ganlab_grade.small_course import SOLUTIONS, STUBS

# The lessons whose exercises are more than one.
LESSONS = [lesson for lesson, banks in read_banks().items() if len(banks) > 1]

WHITEN = '''def whiten(features):
    """Features of mean 0 and covariance the unit matrix, (C, N)."""
    centred = features - features.mean(dim=1, keepdim=True)
    covariance = centred @ centred.T / (features.shape[1] - 1)
    values, vectors = torch.linalg.eigh(covariance + 1e-5 * torch.eye(len(features)))
    return vectors @ torch.diag(values.rsqrt()) @ vectors.T @ centred
'''
WHITEN_COPIED = """def whiten(features):
    # my own idea!
    X = (features
         - features.mean(dim = 1,
                         keepdim = True,))
    K = (X @ X.T) / (features.shape[1] - 1)   # covariance


    lam, Q = torch.linalg.eigh(K + 1e-6*torch.eye(len(features)));
    return (Q @ torch.diag(lam.rsqrt()) @ Q.T) @ X
"""
WHITEN_OTHERWISE = """def whiten(features):
    mean = torch.mean(features, 1)[:, None]
    u, s, _ = torch.linalg.svd(features - mean, full_matrices=False)
    scale = s.pow(2).div(features.size(1) - 1).add(1e-5).sqrt()
    return (u / scale) @ u.T @ (features - mean)
"""
WHITEN_STUB = WHITEN.split("    centred")[0] + "    raise NotImplementedError('your code here: replace this line')\n"
ONE_LINE = "def doubled(x):\n    return 2 * x.sum(dim=1).mean()\n"


def rename(source):
    """The same code with other names of its own, laid out anew."""
    tree = ast.parse(source)
    own = {one.arg for one in ast.walk(tree) if isinstance(one, ast.arg)}
    own |= {one.id for one in ast.walk(tree) if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store)}
    for one in ast.walk(tree):
        if isinstance(one, ast.arg) and one.arg in own:
            one.arg = f"my_{one.arg}"
        elif isinstance(one, ast.Name) and one.id in own:
            one.id = f"my_{one.id}"
    return ast.unparse(tree)


def sources(answers):
    """Functions of a bank as text; those that share their text (made by one factory) once."""
    found = []
    for answer in answers:
        if inspect.isfunction(answer) and answer.__name__ != "<lambda>":
            found.append(textwrap.dedent(inspect.getsource(answer)))
    return list(dict.fromkeys(found))


def bank(lesson):
    found = {name: sources(bank.right) for name, bank in read_banks()[lesson].items()}
    return {name: texts for name, texts in found.items() if len(texts) >= 2}


def test_a_copy_is_found_through_renaming_layout_and_comments():
    answers = {"ann": WHITEN, "bob": WHITEN_COPIED, "cyd": WHITEN_OTHERWISE}
    found = similar_pairs(
        {who: {"whiten": one} for who, one in answers.items()}, {"whiten": WHITEN_STUB}, lesson="04"
    )
    assert found == [Pair("ann", "bob", "04", 1.0, ("whiten",))]


def test_a_copy_is_found_in_a_class_that_wrote_otherwise():
    answers = {f"s{at:02}": {"whiten": WHITEN_OTHERWISE, "doubled": ONE_LINE} for at in range(30)}
    answers["ann"] = {"whiten": WHITEN, "doubled": ONE_LINE}
    answers["bob"] = {"whiten": WHITEN_COPIED, "doubled": rename(ONE_LINE)}
    (pair,) = similar_pairs(answers, {"whiten": WHITEN_STUB})
    assert (pair.a, pair.b, pair.exercises) == ("ann", "bob", ("whiten",))


def test_a_copy_with_a_line_more_and_one_changed_is_still_found():
    changed = WHITEN_COPIED.replace("    K =", "    print(X.shape)\n    K =").replace("lam.rsqrt()", "1 / lam.sqrt()")
    (pair,) = similar_pairs({"ann": {"whiten": WHITEN}, "bob": {"whiten": changed}}, {"whiten": WHITEN_STUB})
    assert 0.6 <= pair.similarity < 1


def test_the_stub_and_short_answers_say_nothing():
    assert similar_pairs({who: {"whiten": WHITEN_STUB} for who in "abcdef"}, {"whiten": WHITEN_STUB}) == []
    assert similar_pairs({who: {"doubled": ONE_LINE} for who in "ab"}, {"doubled": "def doubled(x):\n    ..."}) == []


def test_what_a_quarter_of_the_class_writes_says_nothing():
    answers = {f"s{at:02}": {"whiten": WHITEN if at % 2 else WHITEN_OTHERWISE} for at in range(40)}
    assert similar_pairs(answers, {"whiten": WHITEN_STUB}) == []


def test_three_who_copy_from_one_are_three_pairs():
    others = bank("lesson_05")["pixel_shuffle"]
    answers = {f"s{at}": {"whiten": source} for at, source in enumerate(others)}
    answers |= {"ann": {"whiten": WHITEN}, "bob": {"whiten": WHITEN_COPIED}, "cyd": {"whiten": rename(WHITEN)}}
    found = {(pair.a, pair.b) for pair in similar_pairs(answers, {"whiten": WHITEN_STUB})}
    assert found == {("ann", "bob"), ("ann", "cyd"), ("bob", "cyd")}


@pytest.mark.parametrize("lesson", LESSONS)
@pytest.mark.parametrize("seed", range(2))
def test_right_answers_written_independently_are_not_flagged(lesson, seed):
    """Each exercise's different right answers, dealt to as many students as the shortest bank has."""
    rng = random.Random(seed)
    dealt = {name: rng.sample(found, len(found)) for name, found in bank(lesson).items()}
    assert dealt
    size = max(len(one) for one in dealt.values())
    answers = {f"s{at}": {name: one[at] for name, one in dealt.items() if at < len(one)} for at in range(size)}
    assert similar_pairs(answers, {}) == []


@pytest.mark.parametrize("lesson", LESSONS)
def test_a_whole_lesson_copied_with_other_names_is_flagged(lesson):
    found = bank(lesson)
    answers = {f"s{at}": {name: one[at % len(one)] for name, one in found.items()} for at in (0, 1)}
    answers["thief"] = {name: rename(source) for name, source in answers["s0"].items()}
    (pair,) = similar_pairs(answers, {})
    assert (pair.a, pair.b) == ("s0", "thief")
    assert pair.similarity > 0.9
    assert len(pair.exercises) == len(found)


def test_order_and_names_of_students_do_not_matter():
    answers = {"ann": {"whiten": WHITEN}, "bob": {"whiten": WHITEN_COPIED}, "cyd": {"whiten": rename(WHITEN)}}
    one = similar_pairs(answers, {"whiten": WHITEN_STUB})
    assert one == similar_pairs(dict(reversed(answers.items())), {"whiten": WHITEN_STUB})


def test_short_solutions_of_the_small_course_are_nobodys_own():
    answers = {who: dict(SOLUTIONS) for who in ("ann", "bob", "cyd", "dan", "eve")}
    assert similar_pairs(answers, STUBS) == []


@pytest.mark.parametrize(
    "source",
    [
        "",
        "(" * 10**6,
        '"""',
        "def f(:\n  return ][",
        "\\" * 20_000,
        "f'{" * 5000,
        "\x00\ud800",
        "-" * 10**5 + "1",
        "🦆" * 9,
    ],
)
def test_broken_and_hostile_code_is_read_without_harm(source):
    answers = {"ann": {"whiten": source}, "bob": {"whiten": source}, "cyd": {}}
    assert isinstance(similar_pairs(answers, {"whiten": WHITEN_STUB}), list)


def test_names_of_libraries_tell_answers_apart_and_own_names_do_not():
    one = fingerprints("a = torch.relu(b).mean(dim=1)[c]")
    assert one == fingerprints("x = nn.relu( y ) .mean(axis=2)[ z ]  # mine")
    assert len(one & fingerprints("a = torch.tanh(b).sum(dim=1)[c]")) < len(one) / 4


@pytest.mark.parametrize("blank", [" \n", "\n", "\t\n ", "\r\n", "\x0c\n"])
def test_empty_lines_cost_nothing_and_push_nothing_out_of_sight(blank, monkeypatch):
    """The lexer, whose time goes by the square of a run of empty lines, gets none of them."""
    read = []
    get = PythonLexer.get_tokens
    monkeypatch.setattr(PythonLexer, "get_tokens", lambda self, text: (read.append(text), get(self, text))[1])
    head, _, rest = WHITEN.partition("\n")
    spaced = f"{head}\n{blank * 20_000}{rest}"
    assert fingerprints(spaced) == fingerprints(WHITEN)
    assert all("" not in map(str.strip, text.splitlines()) for text in read)
    assert max(map(len, read)) <= LONGEST


def test_what_is_read_of_an_answer_is_bounded(monkeypatch):
    read = []
    monkeypatch.setattr(PythonLexer, "get_tokens", lambda self, text: read.append(len(text)) or [])
    fingerprints("x = 1\n" * 200_000)
    assert read == [LONGEST]
