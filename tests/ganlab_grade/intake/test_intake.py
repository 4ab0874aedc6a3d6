"""Whose notebook, for which lesson: the forms of learning platforms, names of all sorts, several attempts."""

import os
import re
import unicodedata
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ganlab_grade.course import GradingError
from ganlab_grade.intake import find_submissions, newest
from ganlab_grade.intake.names import attempt_in, origin_of, student_ids
from tests.ganlab_grade.intake.exports import DCGAN, GAME, LESSONS, folder, found, only, zipped

FORMS = {
    "folders": (["ann/{g}.ipynb", "ann/{d}.ipynb", "bob/{g}.ipynb"], {("ann", GAME), ("ann", DCGAN), ("bob", GAME)}),
    "deep": (["ann/a/b/{g}.ipynb", "bob/attempt-2/{g}.ipynb"], {("ann", GAME), ("bob", GAME)}),
    "nbgrader": (["ann/{g}/{g}.ipynb", "ann/{d}/{d}.ipynb", "bob/{g}/{g}.ipynb"], {("ann", GAME), ("ann", DCGAN), ("bob", GAME)}),
    "nbgrader course": (["submitted/ann/{g}/{g}.ipynb", "release/{g}/{g}.ipynb", "source/{g}/{g}.ipynb", "nbgrader_config.py"], {("ann", GAME)}),
    "around": (["submissions/ann/{g}.ipynb", "submissions/bob/{g}.ipynb"], {("ann", GAME), ("bob", GAME)}),
    "around, any name": (["GANs 2025/ann/{g}.ipynb", "GANs 2025/bob/{g}.ipynb"], {("ann", GAME), ("bob", GAME)}),
    "around, flat": (["GANs/ann_{g}.ipynb", "GANs/bob_{g}.ipynb"], {("ann", GAME), ("bob", GAME)}),
    "by lesson": (["{g}/ann.ipynb", "{g}/bob/work.ipynb", "{d}/ann.ipynb"], {("ann", GAME), ("bob", GAME), ("ann", DCGAN)}),
    "moodle": (["Jane Doe_12345_assignsubmission_file_/{g}.ipynb", "Li Wei_7_assignsubmission_file_/x.ipynb"], {("Jane_Doe", GAME), ("Li_Wei", None)}),
    "moodle, no last _": (["Jane Doe_12345_assignsubmission_file/{g}.ipynb"], {("Jane_Doe", GAME)}),
    "moodle, flat": (["Jane Doe_12345_assignsubmission_file_{g}.ipynb", "Li Wei_7_assignsubmission_file_nb.ipynb"], {("Jane_Doe", GAME), ("Li_Wei", None)}),
    "moodle, names hidden": (["Participant_12_assignsubmission_file_/{g}.ipynb", "Participant_13_assignsubmission_file_/{g}.ipynb"], {("Participant-12", GAME), ("Participant-13", GAME)}),
    "canvas": (["doejane_LATE_12345_67890_{g}-1.ipynb", "lee_12346_67891_{g}.ipynb", "lee_12346_67892_{d}.ipynb"], {("doejane-12345", GAME), ("lee-12346", GAME), ("lee-12346", DCGAN)}),
    "canvas, other file name": (["doejane_12345_67890_Untitled.ipynb"], {("doejane-12345", None)}),
    "canvas, names hidden": (["anon_x7Fq2_67890_{g}.ipynb", "LATE_anon_x7Fq3_67890_{g}.ipynb"], {("anon_x7Fq2", GAME), ("anon_x7Fq3", GAME)}),
    "flat": (["ann__{g}.ipynb", "bob_{g} (1).ipynb", "{g}_eve.ipynb", "Li Wei - {g}.ipynb"], {("ann", GAME), ("bob", GAME), ("eve", GAME), ("Li_Wei", GAME)}),
    "flat, a number": (["ann_12345_{g}.ipynb"], {("ann_12345", GAME)}),
    "flat, no lesson": (["ann.ipynb", "bob.ipynb"], {("ann", None), ("bob", None)}),
    "one student's own": (["{g}.ipynb", "{d}.ipynb"], {("class", GAME), ("class", DCGAN)}),
    "other spelling": (["ann/01 Minimax-Game.IPYNB", "bob/02_DCGAN_long.ipynb.txt"], {("ann", GAME), ("bob", "02_dcgan_long")}),
}  # fmt: skip


@pytest.mark.parametrize("as_zip", [False, True])
@pytest.mark.parametrize("form", FORMS)
def test_platform_forms(tmp_path: Path, form: str, as_zip: bool) -> None:
    names, expected = FORMS[form]
    names = [name.format(g=GAME, d=DCGAN) for name in names]
    root = folder(tmp_path / "class", *names)
    if as_zip:
        root = tmp_path / "class.zip"
        root.write_bytes(zipped(*names))
    intake = find_submissions(root, LESSONS)
    assert found(intake) == expected
    for one in intake.submissions:
        assert one.read().decode().endswith(one.name_as_found)  # each name leads to its own bytes


def test_the_platforms_name_and_number_are_kept(tmp_path: Path) -> None:
    root = folder(
        tmp_path / "class",
        f"Jürgen Müller_12345_assignsubmission_file_/{GAME}.ipynb",
        f"doejane_LATE_777_67890_{GAME}.ipynb",
    )
    late, moodle = sorted(find_submissions(root, LESSONS).submissions, key=lambda one: one.platform)
    assert (moodle.display, moodle.platform, moodle.platform_id, moodle.late) == (
        "Jürgen Müller",
        "moodle",
        "12345",
        False,
    )
    assert (late.display, late.platform, late.platform_id, late.late) == ("doejane", "canvas", "777", True)
    assert re.fullmatch(r"Jurgen_Muller\.[0-9a-f]{8}", moodle.student)


def test_a_zip_for_each_student_and_one_around_them(tmp_path: Path) -> None:
    inner = zipped(f"my work/{GAME}.ipynb", f"__MACOSX/my work/._{GAME}.ipynb")
    root = folder(tmp_path / "class", "Li Wei_7_assignsubmission_file_/")
    (root / "ann.zip").write_bytes(inner)
    (root / "Li Wei_7_assignsubmission_file_" / "hw.zip").write_bytes(inner)
    intake = find_submissions(root, LESSONS)
    assert found(intake) == {("ann", GAME), ("Li_Wei", GAME)}
    whole = tmp_path / "all.zip"
    whole.write_bytes(zipped(class__ann_zip=inner, class__bob_zip=inner))
    intake = find_submissions(whole, LESSONS)
    assert found(intake) == {("ann", GAME), ("bob", GAME)}
    assert only(intake, "bob").read().decode() == f"my work/{GAME}.ipynb"


def test_exports_of_several_lessons_side_by_side(tmp_path: Path) -> None:
    # Moodle numbers people anew in every export.
    root = folder(tmp_path / "class", "notes.txt")
    (root / f"GAN-{GAME}-31.zip").write_bytes(
        zipped("Jane Doe_1_assignsubmission_file_/nb.ipynb", "Li Wei_2_assignsubmission_file_/nb.ipynb")
    )
    (root / f"GAN-{DCGAN}-32.zip").write_bytes(
        zipped("Jane Doe_8_assignsubmission_file_/nb.ipynb", "Li Wei_9_assignsubmission_file_/essay.pdf")
    )
    intake = find_submissions(root, LESSONS)
    assert found(intake) == {("Jane_Doe", GAME), ("Jane_Doe", DCGAN), ("Li_Wei", GAME)}
    assert {one.lesson: one.platform_id for one in intake.submissions if one.display == "Jane Doe"} == {
        GAME: "1",
        DCGAN: "8",
    }
    (nothing,) = (one for one in intake.submissions if one.problem)
    assert (nothing.student, nothing.lesson, nothing.platform_id) == ("Li_Wei", DCGAN, "9")


def test_two_people_of_one_name_stay_two(tmp_path: Path) -> None:
    names = [f"Jane Doe_{number}_assignsubmission_file_/{lesson}.ipynb" for number, lesson in ((1, GAME), (2, DCGAN))]
    intake = find_submissions(folder(tmp_path, *names), LESSONS)
    assert found(intake) == {("Jane_Doe-1", GAME), ("Jane_Doe-2", DCGAN)}
    assert any("more than one person is called Jane Doe" in line for line in intake.problems)
    canvas = [f"{name}_{number}_5{number}_{GAME}.ipynb" for name, number in (("doe", 11), ("doe", 12))]
    assert len(found(find_submissions(folder(tmp_path / "canvas", *canvas), LESSONS))) == 2


def test_a_number_is_the_person_and_two_names_for_it_at_once_are_looked_at(tmp_path: Path) -> None:
    """G3: a surname changed between two exports."""
    root = tmp_path / "class"
    root.mkdir()
    (root / "submissions.zip").write_bytes(
        zipped(f"doejane_12345_67890_{GAME}.ipynb", f"lee_12346_67891_{GAME}.ipynb")
    )
    (root / "submissions (1).zip").write_bytes(zipped(f"smithjane_12345_67892_{DCGAN}.ipynb"))
    intake = find_submissions(root, LESSONS)
    people = {(one.platform_id, one.student) for one in intake.submissions}
    assert sorted(number for number, _ in people) == ["12345", "12346"]
    assert len(found(intake)) == 3
    said = "canvas's number 12345 has the names doejane, smithjane; taken as one"
    assert any(said in line for line in intake.problems)
    names = (f"doe_11_511_{GAME}.ipynb", f"roe_11_511_{GAME}.ipynb", f"lee_12_512_{GAME}.ipynb")
    intake = find_submissions(folder(tmp_path / "odd", *names), LESSONS)
    assert found(intake) == {("lee-12", GAME)}
    assert any("has the names doe, roe in one export" in line for line in intake.problems)


def test_one_odd_name_in_one_of_two_exports_decides_nothing(tmp_path: Path) -> None:
    """U1: Colab calls a copy "Copy of 02_dcgan"."""
    root = tmp_path / "class"
    root.mkdir()
    first = zipped(f"doejane_12345_67890_Copy of {DCGAN}.ipynb", f"lee_12346_67891_{DCGAN}.ipynb")
    (root / "submissions.zip").write_bytes(first)
    second = zipped(f"doejane_12345_67893_{GAME}.ipynb", f"lee_12346_67894_{GAME}.ipynb")
    (root / "submissions (1).zip").write_bytes(second)
    both = {(who, lesson) for who in ("doejane-12345", "lee-12346") for lesson in (GAME, DCGAN)}
    assert found(find_submissions(root, LESSONS)) == both
    alone = find_submissions(root / "submissions.zip", LESSONS)
    assert found(alone) == {(who, lesson) for who, lesson in both if lesson == DCGAN}
    assert {one.platform_id for one in alone.submissions} == {"12345", "12346"}


def test_folders_with_numbers_are_people_unless_all_are_attempts(tmp_path: Path) -> None:
    """U2: an archive of three people, whose names are their numbers."""
    root = tmp_path / "class"
    root.mkdir()
    (root / "week3.zip").write_bytes(zipped(*(f"{number}/{GAME}.ipynb" for number in (1001, 1002, 1003))))
    (root / "ann.zip").write_bytes(zipped(*(f"attempt-{number}/{GAME}.ipynb" for number in (1, 2))))
    (root / "bob.zip").write_bytes(zipped(*(f"{year}/{GAME}.ipynb" for year in (2024, 2025))))
    (root / "cyd.zip").write_bytes(zipped(*(f"{number}/{GAME}.ipynb" for number in (31001, 31002))))
    intake = find_submissions(root, LESSONS)
    assert found(intake) == {(who, GAME) for who in ("1001", "1002", "1003", "ann", "bob")}
    assert "several students" in only(intake, "cyd", None).problem


@pytest.mark.parametrize(
    ("names", "taken"),
    [
        (["ann/{g}.ipynb", "ann/attempt-2/{g}.ipynb", "ann/attempt-10/{g}.ipynb"], "ann/attempt-10/{g}.ipynb"),
        (["doe_12345_67890_{g}.ipynb", "doe_12345_67891_{g}-1.ipynb", "doe_12345_67892_{g}-2.ipynb"], "doe_12345_67892_{g}-2.ipynb"),
        (["ann/{g}.ipynb", "ann/{g} (1).ipynb"], "ann/{g} (1).ipynb"),
        (["ann/{g}.ipynb", "ann/{g}-Copy1.ipynb", "ann/Copy of {g}.ipynb", "ann/{g}_old.ipynb"], "ann/{g}.ipynb"),
        (["ann/{g}/{g}.ipynb", "ann/{g}/zz_helper.ipynb"], "ann/{g}/{g}.ipynb"),
        (["ann__{g}.ipynb", "ann/later/{g}.ipynb"], "ann/later/{g}.ipynb"),
    ],
)  # fmt: skip
def test_of_several_the_newest_counts_and_it_is_said(tmp_path: Path, names: list[str], taken: str) -> None:
    names = [name.format(g=GAME) for name in names]
    root = folder(tmp_path, "zoe/02_dcgan.ipynb", *names)
    for age, name in enumerate(reversed(names)):  # the rule's winner is not merely the last written
        os.utime(root / name, (1_700_000_000 + age, 1_700_000_000 + age))
    if "later" in taken:
        os.utime(root / taken.format(g=GAME), (1_800_000_000, 1_800_000_000))
    intake = find_submissions(root, LESSONS)
    (one,) = (one for one in intake.submissions if one.lesson == GAME)
    assert one.name_as_found == taken.format(g=GAME)
    (line,) = (line for line in intake.problems if "counts as the newest" in line)
    assert all(name in line for name in names)


def test_what_the_content_decides_can_be_settled_again(tmp_path: Path) -> None:
    intake = find_submissions(folder(tmp_path, f"ann/{GAME}.ipynb", "ann/untitled.ipynb", "bob/nb.ipynb"), LESSONS)
    assert found(intake) == {("ann", GAME), ("ann", None), ("bob", None)}
    settled, said = newest([replace(one, lesson=GAME) for one in intake.submissions])
    assert {(one.student, one.name_as_found) for one in settled} == {
        ("ann", f"ann/{GAME}.ipynb"),
        ("bob", "bob/nb.ipynb"),
    }
    assert len(said) == 1


def test_what_is_not_a_submission_is_ignored_or_named(tmp_path: Path) -> None:
    root = folder(
        tmp_path,
        f"ann/{GAME}.ipynb", f"ann/.ipynb_checkpoints/{GAME}-checkpoint.ipynb", f"ann/._{GAME}.ipynb", ".DS_Store",
        f"__MACOSX/ann/{GAME}.ipynb", "bob/", "eve/essay.docx", "eve/plots/a.png", "grades.csv",
        "Jane Doe_12345_assignsubmission_file_essay.pdf",
    )  # fmt: skip
    intake = find_submissions(root, LESSONS)
    assert found(intake) == {("ann", GAME)}
    reasons = {one.student: one.problem for one in intake.submissions if one.problem}
    assert reasons.keys() == {"bob", "eve", "Jane_Doe"}
    assert all(reason.startswith("nothing submitted") for reason in reasons.values())
    assert "essay.docx" in reasons["eve"]
    assert "grades.csv" in " ".join(intake.problems)
    assert not any("MACOSX" in line or "checkpoint" in line or "DS_Store" in line for line in intake.problems)
    with pytest.raises(GradingError, match="nothing submitted"):
        only(intake, "bob", None).read()


# --- names ----------------------------------------------------------------------------------------------------
def test_names_of_all_sorts(tmp_path: Path) -> None:
    people = [
        "王小明",
        "王小红",
        "Zoë",
        "Zoe\u0308 B",
        "jane",
        "Jane",
        "con",
        "-rf",
        "=cmd",
        "a" * 200,
        "a" * 199 + "b",
        "...",
    ]
    intake = find_submissions(folder(tmp_path, *(f"{name}/{GAME}.ipynb" for name in people[:-1])), LESSONS)
    ids = [one.student for one in intake.submissions]
    assert len({one.casefold() for one in ids}) == len(people) - 1
    assert all(re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,63}", one) for one in ids)
    assert {one.display for one in intake.submissions} >= {"王小明", "Zoë", "Zoë B"}
    assert "con" not in ids  # Windows has no such files


def test_an_archive_that_does_not_say_it_is_utf8(tmp_path: Path) -> None:
    data = zipped("J\u00fcrgen/x.ipynb")
    flagged = bytearray(data)
    for mark, offset in ((b"PK\x03\x04", 7), (b"PK\x01\x02", 9)):
        flagged[flagged.index(mark) + offset] &= ~0x08 & 0xFF
    (tmp_path / "a.zip").write_bytes(flagged)
    (one,) = find_submissions(tmp_path / "a.zip", LESSONS).submissions
    assert one.display == "Jürgen"


NAMES = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=60)
ALIKE = st.text("aA_- .é1", min_size=1, max_size=4)  # few letters: many that would become the same


@settings(deadline=None, max_examples=300)
@given(st.sets(st.tuples(NAMES | ALIKE, st.sampled_from(["", "1", "22"])), max_size=20))
def test_ids_are_safe_and_different(people: set[tuple[str, str]]) -> None:
    ids = student_ids(people)
    assert ids.keys() == people
    assert len({one.casefold() for one in ids.values()}) == len(people)
    assert all(re.fullmatch(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,79}", one) for one in ids.values())


@settings(deadline=None, max_examples=300)
@given(NAMES, st.sampled_from(LESSONS), st.integers(1, 10**9))
def test_what_moodle_and_flat_names_are_made_of_is_read_back(name: str, lesson: str, number: int) -> None:
    plain = unicodedata.normalize("NFC", name.replace("_", " ")).strip()
    moodle = origin_of(f"{plain}_{number}_assignsubmission_file_{lesson}", LESSONS)
    if plain:
        assert (moodle.display, moodle.platform_id, moodle.lesson) == (plain, str(number), lesson)
    assert origin_of(name, LESSONS) == origin_of(unicodedata.normalize("NFC", name), LESSONS)


@pytest.mark.parametrize(
    ("rest", "attempt"),
    [("", 0), ("-1", 1), (" (2)", 2), ("(12)", 12), ("_v3", 3), (" attempt 4", 4), ("-Copy1", -1), (" - Copy (2)", -1), ("_final", 0), ("_2024-11-21", 0)],
)  # fmt: skip
def test_attempts(rest: str, attempt: int) -> None:
    assert attempt_in(rest) == attempt
