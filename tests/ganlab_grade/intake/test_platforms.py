"""What each platform's heads say, each by itself and whatever file name follows."""

import random
from collections import Counter
from pathlib import Path

import pytest

from ganlab_grade.intake import find_submissions
from ganlab_grade.intake.names import origin_of
from ganlab_grade.intake.platforms import MAX_METADATA, submitters
from tests.ganlab_grade.intake.exports import DCGAN, GAME, LESSONS, found, zipped
from tests.ganlab_grade.intake.generated import PLATFORMS, make_export
from tests.suite.thorough import everything

# What students, browsers and Colab call their files.
REST = [
    f"{DCGAN}",
    f"Copy of {DCGAN}",
    "Untitled",
    f"{DCGAN} (1)",
    f"final {DCGAN}_v3",
    "01_02_03",
    "Doe, Jane(jdoe)",
    "a_1_2_b",
]
HEADS = {
    "moodle": ("Jane Doe_12345_assignsubmission_file_{}", False, ("Jane Doe", "12345")),
    "canvas": ("doejane_12345_67890_{}", False, ("doejane", "12345")),
    "canvas, late": ("doejane_LATE_12345_67890_{}", False, ("doejane", "12345")),
    "canvas, anonymous": ("anon_x7Fq2_67890_{}", False, ("anon_x7Fq2", "anon_x7Fq2")),
    "blackboard": ("Lab 3_jdoe_attempt_2026-01-31-10-02-59_{}", False, ("jdoe", "jdoe")),
    "brightspace": ("12345-67890 - Jane Doe - Jan 31, 2026 1002 AM - {}", False, ("Jane Doe", "12345")),
}  # fmt: skip
FOLDERS = {
    "moodle": ("Jane Doe_12345_assignsubmission_file_", ("Jane Doe", "12345")),
    "brightspace": ("12345-67890 - Jane Doe - January 31, 2026 930 AM", ("Jane Doe", "12345")),
    "sakai": ("Doe, Jane(jdoe)", ("Jane Doe", "jdoe")),
    "ilias": ("Doe_Jane_jdoe_12345", ("Jane Doe", "12345")),
    "gradescope": ("submission_12345", ("submission", "12345")),
}


@pytest.mark.parametrize("rest", REST)
@pytest.mark.parametrize("head", HEADS)
def test_a_head_is_certain_whatever_name_follows(head: str, rest: str) -> None:
    form, folder, who = HEADS[head]
    found = origin_of(form.format(rest), LESSONS, folder=folder)
    assert (found.platform, found.display, found.platform_id) == (head.partition(",")[0], *who)


@pytest.mark.parametrize("platform", FOLDERS)
def test_folders_of_platforms(platform: str) -> None:
    name, who = FOLDERS[platform]
    found = origin_of(name, LESSONS, folder=True)
    assert (found.platform, found.display, found.platform_id) == (platform, *who)


@pytest.mark.parametrize(
    "name", ["ann_12345_01_minimax_game", "2024-11-21", "ann", "group_a_b", "Doe, Jane", "submission_x"]
)
def test_names_that_no_platform_writes(name: str) -> None:
    assert origin_of(name, LESSONS, folder=True).platform == ""


def test_times_in_heads_are_read_and_the_later_counts(tmp_path: Path) -> None:
    names = [
        f"Lab_jdoe_attempt_2026-01-31-10-02-59_{GAME}.ipynb", f"Lab_jdoe_attempt_2026-02-01-09-00-00_{GAME}.ipynb",
        "Lab_jdoe_attempt_2026-02-01-09-00-00.txt",
        f"12345-1 - Li Wei - Jan 5, 2026 1030 PM - {GAME}.ipynb", f"12345-1 - Li Wei - Jan 5, 2026 930 AM - {GAME}.ipynb",
    ]  # fmt: skip
    (tmp_path / "class.zip").write_bytes(zipped(*names))
    intake = find_submissions(tmp_path / "class.zip", LESSONS)
    assert {one.name_as_found for one in intake.submissions} == {names[1], names[3]}
    assert len(found(intake)) == 2


METADATA = b"""---
submission_12345:
  :submitters:
  - :name: Jane Doe
    :sid: '3012'
    :email: jane@example.org
submission_12346:
  :submitters:
  - :name: Li Wei
    :sid: '3013'
  - :name: Max Roe
    :sid: '3014'
submission_12347: [1, 2]
"""


def test_gradescope_says_in_a_file_of_its_own_who_is_who(tmp_path: Path) -> None:
    assert submitters(METADATA) == {"12345": ("Jane Doe", "3012"), "12346": ("Li Wei and Max Roe", "3013 3014")}
    names = [f"assignment_9_export/submission_{number}/{GAME}.ipynb" for number in (12345, 12346, 12348)]
    path = tmp_path / "class.zip"
    path.write_bytes(zipped(*names, **{"assignment_9_export__submission_metadata.yml": METADATA}))
    intake = find_submissions(path, LESSONS)
    assert {(one.display, one.platform_id) for one in intake.submissions if not one.problem} == {
        ("Jane Doe", "3012"), ("Li Wei and Max Roe", "3013 3014"),
    }  # fmt: skip
    (unknown,) = (one for one in intake.submissions if one.problem)
    assert "does not name who handed this in" in unknown.problem
    path.write_bytes(zipped(*names))
    assert all(one.problem for one in find_submissions(path, LESSONS).submissions)


@pytest.mark.parametrize(
    "metadata", [b"", b"- 1", b"a: {", b"\xff\xfe", b"[" * 100_000, b"!!python/object/apply:os.system ['true']", b"1: " + b"9" * MAX_METADATA]
)  # fmt: skip
def test_metadata_that_is_none(metadata: bytes) -> None:
    assert submitters(metadata) == {}


@pytest.mark.parametrize("platform", PLATFORMS)
def test_no_wrong_person_in_made_up_exports(platform: str, tmp_path: Path) -> None:
    """Platforms x odd names x attempts x neighbours: 40 exports each by default, 100 when thorough."""
    waiting: Counter[bool] = Counter()
    for seed in range(100 if everything() else 40):
        made = make_export(platform, random.Random(f"{platform} {seed}"))
        path = tmp_path / f"{seed}"
        made.write(path)
        intake = find_submissions(path, LESSONS)
        owner: dict[str, str] = {}
        person_of: dict[str, str] = {}
        for one in intake.submissions:
            if one.problem:
                waiting[True] += 1
                continue
            waiting[False] += 1
            person = made.truth[one.read().decode()]
            assert owner.setdefault(one.student, person) == person, (seed, "two people taken for one", made.files)
            assert person_of.setdefault(person, one.student) == one.student, (seed, "one taken for two", made.files)
        read = {made.truth[one.read().decode()] for one in intake.submissions if not one.problem}
        asked = sum(bool(one.problem) for one in intake.submissions)
        assert len(set(made.truth.values()) - read) <= asked, (seed, "somebody was lost without a word", made.files)
    assert waiting[True] <= waiting[False] / 20, f"{waiting[True]} wait for a person, {waiting[False]} were read"
