"""Pieces of work for the workers, long ones first, and orders of chance."""

from itertools import pairwise

from tests.suite.order import scope, shuffled, turn


def test_a_file_is_one_piece_of_work_and_so_is_what_shares_a_server():
    assert scope("tests/dcgan/test_networks.py::test_a[x::y]") == scope("tests/dcgan/test_networks.py::test_b")
    assert scope("tests/dcgan/test_networks.py::test_a") != scope("tests/style/test_networks.py::test_a")
    assert scope("tests/browser/test_a.py::test_a") == scope("tests/deploy/voila/test_b.py::test_b")
    assert (
        scope("tests/tools/site/test_a.py::test_a")
        == scope("tests/tools/site/test_b.py::test_b")
        != scope("tests/hub/test_a.py::a")
    )
    assert scope("tests/test_notebooks.py::test_a[00_start]") != scope("tests/test_notebooks.py::test_a[01_game]")


def test_what_is_long_begins_first():
    ids = [
        "tests/a/test_a.py::test_a",
        "tests/test_notebooks.py::test_a[00_start]",
        "tests/browser/test_a.py::test_a",
    ]
    assert sorted(ids, key=turn) == ids[::-1]


def test_an_order_of_chance_has_every_test_once_and_keeps_pieces_whole():
    ids = [f"tests/{room}/test_a.py::test_{case}" for room in "abcdef" for case in range(8)]
    orders = [[ids[at] for at in shuffled(ids, seed)] for seed in (1, 1, 2)]
    assert orders[0] == orders[1] != orders[2]
    for order in orders:
        assert sorted(order) == sorted(ids) != order
        rooms = [nodeid[: len("tests/a")] for nodeid in order]
        assert sum(one != two for one, two in pairwise(rooms)) == 5, "each file is left once"
    first = [nodeid for nodeid in orders[0] if nodeid.startswith("tests/a/")]
    assert first != sorted(first), "within a file, too"
