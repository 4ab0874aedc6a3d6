"""Pairs of students whose answers are more alike than the class's: a hint for a person, never a mark.

How: an answer becomes its tokens, without comments, docstrings and layout, all names that a student may choose being
one name; every run of :data:`RUN` tokens is a fingerprint. The handed-out stub's fingerprints do not count, and the
more of the class has a fingerprint, the less it counts: what everybody must write says nothing, however equal it is.
What two students share beyond that must be much of what they wrote and enough of it (:data:`ALIKE`, :data:`ENOUGH`).

Which library: Pygments for the tokens, which is well kept, already here (nbconvert and IPython bring it), and unlike
:mod:`tokenize` and :mod:`ast` reads code that does not parse, without recursion. No library for the comparison:

- copydetect 0.5.0 (the last release is of March 2024, one author, nothing about Python 3.13) compares files on disk
  pair by pair, knows no "half of the class wrote this", and so either flags everybody's one-liner or misses short
  copies; it hashes with :func:`hash`, so its percentages change from run to run unless PYTHONHASHSEED is set.
- compare50 is kept and does weigh by frequency, but is GPL-3 and pins ``attrs<21``, which Jupyter's packages exclude.
- RapidFuzz compares two strings well, and knows nothing of a class.

Winnowing, which those two use, keeps a sample of the fingerprints to index millions of files. Answers have a hundred
tokens: keeping all fingerprints costs milliseconds and misses nothing.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations

from pygments.lexers.python import PythonLexer
from pygments.token import Comment, Name, Number, String

from ganlab_grade.precheck.slots import plain

RUN = 6  # tokens in a fingerprint
COMMON = 0.25  # share of the class from which on a fingerprint says nothing
ALIKE = 0.6  # share of two answers that is common to them, weighed, for an exercise to be listed
ENOUGH = 12.0  # weight of what is shared, over all listed exercises: three lines of code or so
LONGEST = 20_000  # characters of an answer that are read: the stubs have a few hundred

# Brackets and ends of statements come and go with a formatter's taste, and the tokens between them say the same.
LAYOUT = frozenset("();\\")
CLOSING = frozenset(")]}")

Fingerprints = frozenset[tuple[str, ...]]


@dataclass(frozen=True)
class Pair:
    """Two students whose answers to some exercises of a lesson are alike."""

    a: str
    b: str
    lesson: str
    similarity: float  # 0 to 1: what is common of the listed exercises' answers, by weight
    exercises: tuple[str, ...]  # alike in these, in the order of their names


def similar_pairs(
    answers: Mapping[str, Mapping[str, str]], template: Mapping[str, str], *, lesson: str = ""
) -> list[Pair]:
    """The pairs worth a look in one lesson, most alike first.

    Parameters
    ----------
    answers : mapping
        Student -> exercise -> source of the answer's cell. Code that does not parse will do.
    template : mapping
        Exercise -> what was handed out: the stub, and any other code that everybody may copy.
    lesson : str
        Goes into the pairs.
    """
    shared: dict[tuple[str, str], list[tuple[str, float, float]]] = {}
    for exercise in sorted({name for sources in answers.values() for name in sources}):
        given = fingerprints(template.get(exercise, ""))
        prints = {
            student: fingerprints(sources[exercise]) - given
            for student, sources in sorted(answers.items())
            if exercise in sources
        }
        for pair, common, union in _compared(prints):
            if common >= ALIKE * union:
                shared.setdefault(pair, []).append((exercise, common, union))
    pairs = []
    for (a, b), found in shared.items():
        common, union = sum(share[1] for share in found), sum(share[2] for share in found)
        if common >= ENOUGH:
            pairs.append(Pair(a, b, lesson, round(common / union, 3), tuple(share[0] for share in found)))
    return sorted(pairs, key=lambda pair: (-pair.similarity, -len(pair.exercises), pair.a, pair.b))


def _compared(prints: Mapping[str, Fingerprints]) -> list[tuple[tuple[str, str], float, float]]:
    """For each pair of students with anything in common: the weights of what both and of what either wrote."""
    weight = _weights(prints)
    total = {student: sum(weight[run] for run in mine) for student, mine in prints.items()}
    # What weighs nothing need not be compared.
    rare = {student: frozenset(run for run in mine if weight[run] > 0) for student, mine in prints.items()}
    found = []
    for a, b in combinations(prints, 2):
        common = sum(weight[run] for run in rare[a] & rare[b])
        if common > 0:
            found.append(((a, b), common, total[a] + total[b] - common))
    return found


def _weights(prints: Mapping[str, Fingerprints]) -> dict[tuple[str, ...], float]:
    """1 for what only two students have (or one), falling to 0 for what a quarter of the class has."""
    count = Counter(run for mine in prints.values() for run in mine)
    # Of a handful of students four that write alike tell nothing yet.
    common = max(4.0, COMMON * sum(1 for mine in prints.values() if mine))
    return {run: min(1.0, max(0.0, math.log(common / n) / math.log(common / 2))) for run, n in count.items()}


def fingerprints(source: str) -> Fingerprints:
    """All runs of :data:`RUN` tokens of a piece of Python."""
    # Empty lines first: the lexer looks at a run of them again from each of its lines.
    tokens = _tokens(plain(source)[:LONGEST])
    return frozenset(tuple(tokens[at : at + RUN]) for at in range(len(tokens) - RUN + 1))


def _tokens(source: str) -> list[str]:
    tokens: list[str] = []
    after_dot = False
    for kind, text in PythonLexer().get_tokens(source):
        word = text.strip()
        if word in CLOSING and tokens and tokens[-1] == ",":
            tokens.pop()  # a comma after the last element is layout
        if not word or word in LAYOUT or kind in Comment or kind in String.Doc:
            continue
        if kind in String:
            word = '"'
            if tokens and tokens[-1] == word:  # prefix, quotes and contents come one by one
                continue
        elif kind in Number:
            word = "0"
        # A library's names after a dot and Python's own cannot be renamed; all others can.
        elif kind in Name and kind not in Name.Builtin and not after_dot:
            word = "name"
        after_dot = word == "."
        tokens.append(word)
    return tokens
