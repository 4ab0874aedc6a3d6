"""Exports that nobody should trust: names, links, archives and sizes made to do harm; the others still go on."""

import io
import os
import random
import stat
import struct
import tracemalloc
import zipfile
from pathlib import Path

import pytest

from ganlab_grade.course import GradingError
from ganlab_grade.intake import find_submissions, scan
from tests.ganlab_grade.intake.exports import DCGAN, GAME, LESSONS, folder, found, only, zipped
from tests.suite.thorough import everything


def test_a_student_cannot_hand_in_for_another(tmp_path: Path) -> None:
    root = folder(
        tmp_path,
        f"Jane Doe_1_assignsubmission_file_/Li Wei_2_assignsubmission_file_/{GAME}.ipynb",
        f"Jane Doe_1_assignsubmission_file_Li Wei_2_assignsubmission_file_{DCGAN}.ipynb",
        f"Li Wei_2_assignsubmission_file_/{GAME}.ipynb",
    )
    (root / "Max Roe_3_assignsubmission_file_x.zip").write_bytes(
        zipped(f"Li Wei_2_assignsubmission_file_/{GAME}.ipynb", f"Jane Doe_1_assignsubmission_file_/{GAME}.ipynb")
    )
    intake = find_submissions(root, LESSONS)
    assert found(intake) == {("Jane_Doe", GAME), ("Jane_Doe", DCGAN), ("Li_Wei", GAME)}
    assert only(intake, "Li_Wei").name_as_found == f"Li Wei_2_assignsubmission_file_/{GAME}.ipynb"
    assert "several students" in only(intake, "Max_Roe", None).problem
    (root / "eve.zip").write_bytes(zipped(f"Li Wei_2_assignsubmission_file_/{GAME}.ipynb"))
    assert ("eve", GAME) in found(find_submissions(root, LESSONS))


def test_groups_are_never_taken_for_one_student(tmp_path: Path) -> None:
    root = folder(
        tmp_path, *(f"{group}/{name}/{GAME}.ipynb" for group in ("g1", "g2") for name in ("Goldberg", "Newman"))
    )
    intake = find_submissions(root, LESSONS)
    assert not found(intake)
    assert all("several students" in one.problem for one in intake.submissions)
    unknown = folder(
        tmp_path / "unknown", "g1/ann/nb.ipynb", "g1/bob/work.ipynb", "eve/code/a.ipynb", "eve/data/b.ipynb"
    )
    assert {one.student for one in find_submissions(unknown, LESSONS).submissions if not one.problem} == {"eve"}
    flat = folder(tmp_path / "flat", f"g1/ann_{GAME}.ipynb", f"g1/bob_{GAME}.ipynb", f"g2/eve_{GAME}.ipynb")
    assert found(find_submissions(flat, LESSONS)) == {("g2", GAME)}


@pytest.mark.parametrize(
    "name", ["../evil.ipynb", "/etc/evil.ipynb", "a/../../evil.ipynb", "C:\\evil.ipynb", "..\\evil.ipynb"]
)
def test_names_that_leave_the_archive(tmp_path: Path, name: str) -> None:
    (tmp_path / "class.zip").write_bytes(zipped(f"ann/{GAME}.ipynb", name, f"eve\\{GAME}.ipynb"))
    intake = find_submissions(tmp_path / "class.zip", LESSONS)
    assert found(intake) == {("ann", GAME), ("eve", GAME)}
    assert any("points out of the archive" in line for line in intake.problems)
    assert [path.name for path in tmp_path.rglob("*")] == ["class.zip"]


def test_links_are_not_followed(tmp_path: Path) -> None:
    secret = tmp_path / "secret.ipynb"
    secret.write_text("secret")
    root = folder(tmp_path / "class", f"ann/{GAME}.ipynb", "bob/", "eve/")
    (root / "bob" / f"{GAME}.ipynb").symlink_to(secret)
    (root / "eve" / "all").symlink_to(root, target_is_directory=True)
    (root / "max").symlink_to(tmp_path, target_is_directory=True)
    intake = find_submissions(root, LESSONS)
    assert found(intake) == {("ann", GAME)}
    assert {one.student for one in intake.submissions if "is a link" in one.problem} == {"bob", "eve", "max"}

    entry = zipfile.ZipInfo(f"bob/{GAME}.ipynb")
    entry.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(tmp_path / "class.zip", "w") as archive:
        archive.writestr(entry, str(secret))
        archive.writestr(f"ann/{GAME}.ipynb", "hers")
    intake = find_submissions(tmp_path / "class.zip", LESSONS)
    assert found(intake) == {("ann", GAME)}
    assert any("is a link" in line for line in intake.problems)


def test_a_link_put_there_later_and_a_pipe_are_not_read(tmp_path: Path) -> None:
    root = folder(tmp_path / "class", f"ann/{GAME}.ipynb", f"bob/{GAME}.ipynb")
    intake = find_submissions(root, LESSONS)
    target = root / "ann" / f"{GAME}.ipynb"
    target.unlink()
    target.symlink_to(root / "bob" / f"{GAME}.ipynb")
    with pytest.raises(GradingError, match="cannot be read"):
        only(intake, "ann").read()
    target.unlink()
    os.mkfifo(target)
    assert found(find_submissions(root, LESSONS)) == {("bob", GAME)}
    with pytest.raises(GradingError, match="not an ordinary file"):
        only(intake, "ann").read()


def test_a_path_that_is_itself_a_link_is_the_instructors(tmp_path: Path) -> None:
    (tmp_path / "real.zip").write_bytes(zipped(f"ann/{GAME}.ipynb"))
    (tmp_path / "class.zip").symlink_to(tmp_path / "real.zip")
    (one,) = find_submissions(tmp_path / "class.zip", LESSONS).submissions
    assert one.read().decode() == one.name_as_found


def test_a_bomb_is_not_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scan, "MAX_BYTES", 1_000_000)
    monkeypatch.setattr(scan, "MAX_NOTEBOOK", 1_000_000)
    monkeypatch.setattr(scan.Place.read, "__defaults__", (1_000_000,))
    root = folder(tmp_path / "class", f"ann/{GAME}.ipynb")
    (root / "bob.zip").write_bytes(zipped(**{f"{GAME}.ipynb": b"0" * 3_000_000}))  # says what it is
    honest = io.BytesIO()
    with zipfile.ZipFile(honest, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(f"{GAME}.ipynb", b"0" * 3_000_000)
    # The size that is declared, at its place in the list of contents (PKZIP APPNOTE 4.3.12), made small: a lie.
    liar = bytearray(honest.getvalue())
    struct.pack_into("<I", liar, liar.rindex(b"PK\x01\x02") + 24, 100)
    (root / "eve.zip").write_bytes(liar)
    intake = find_submissions(root, LESSONS)
    assert "would have 3 MB" in only(intake, "bob", None).problem
    with pytest.raises(GradingError, match="cannot be read"):  # cut at 100 bytes, the check sum does not fit
        only(intake, "eve").read()
    assert only(intake, "ann").read()
    big = folder(tmp_path / "big", f"ann/{GAME}.ipynb")
    (big / "ann" / f"{GAME}.ipynb").write_bytes(b"0" * 1_000_001)
    with pytest.raises(GradingError, match="more than 1 MB"):
        find_submissions(big, LESSONS).submissions[0].read(1_000_000)


def test_zips_in_zips_in_zips(tmp_path: Path) -> None:
    one = zipped(f"{GAME}.ipynb")
    for _ in range(3):
        one = zipped(inner_zip=one)
    root = folder(tmp_path, f"ann/{GAME}.ipynb")
    (root / "bob.zip").write_bytes(one)
    intake = find_submissions(root, LESSONS)
    assert found(intake) == {("ann", GAME)}
    assert "zip in a zip in a zip" in only(intake, "bob", None).problem


def test_too_many_files_are_one_students_trouble_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scan, "MAX_OWN_ENTRIES", 20)
    root = folder(tmp_path, f"ann/{GAME}.ipynb", f"zoe/{GAME}.ipynb", *(f"bob/{index}.txt" for index in range(40)))
    (root / "eve").mkdir()
    (root / "eve" / "x.zip").write_bytes(zipped(*(f"{index}" for index in range(40))))
    (root / "max.zip").write_bytes(zipped(a_zip=zipped(*(f"{index}" for index in range(40)))))
    intake = find_submissions(root, LESSONS)
    assert found(intake) == {("ann", GAME), ("zoe", GAME)}
    assert {one.student for one in intake.submissions if "more than 20 files" in one.problem} == {"bob", "max"}


def test_too_many_notebooks(tmp_path: Path) -> None:
    root = folder(tmp_path, f"ann/{GAME}.ipynb", *(f"bob/{index:03}.ipynb" for index in range(101)))
    intake = find_submissions(root, LESSONS)
    assert found(intake) == {("ann", GAME)}
    assert "101 notebooks" in only(intake, "bob", None).problem


def test_damaged_and_encrypted_archives(tmp_path: Path) -> None:
    good = zipped(f"{GAME}.ipynb", f"{DCGAN}.ipynb")
    root = folder(tmp_path, f"ann/{GAME}.ipynb")
    (root / "cut.zip").write_bytes(good[: len(good) // 2])
    (root / "html.zip").write_bytes(b"<!DOCTYPE html><p>Please log in")
    (root / "empty.zip").write_bytes(b"")
    locked = bytearray(good)
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = -1
        while (at := locked.find(mark, at + 1)) >= 0:
            locked[at + offset] |= 1  # general purpose bit 0: encrypted
    (root / "locked.zip").write_bytes(locked)
    bent = bytearray(good)
    bent[good.index(b"ipynb") + 5] ^= 0xFF  # the first byte of the first file's data
    (root / "bent.zip").write_bytes(bent)
    intake = find_submissions(root, LESSONS)
    reasons = {one.student: one.problem for one in intake.submissions if one.problem}
    assert {name for name, reason in reasons.items() if "damaged" in reason} == {"cut", "html", "empty"}
    assert "encrypted" in reasons["locked"]
    with pytest.raises(GradingError, match="cannot be read"):
        only(intake, "bent").read()
    assert only(intake, "bent", DCGAN).read()
    with pytest.raises(GradingError, match="damaged"):
        find_submissions(root / "cut.zip", LESSONS)
    with pytest.raises(GradingError, match="expected a folder or a zip"):
        find_submissions(root / "nothing", LESSONS)


def test_a_notebook_of_pasted_pictures_is_refused_with_what_to_do(tmp_path: Path) -> None:
    """G7: what is read into memory is bounded, in a folder and in an archive."""
    root = folder(tmp_path / "class", f"ann/{GAME}.ipynb", "bob/", "cyd/")
    large = scan.MAX_NOTEBOOK + 1
    with (root / "bob" / f"{GAME}.ipynb").open("wb") as file:
        file.truncate(large)
    (root / "cyd" / "work.zip").write_bytes(zipped(**{f"{GAME}.ipynb": bytes(large)}))
    intake = find_submissions(root, LESSONS)
    assert only(intake, "ann").read()
    with pytest.raises(GradingError, match="more than 128 MB, which is the most that is read; clear its outputs"):
        only(intake, "bob").read()
    assert "would have 128 MB, more than 128" in only(intake, "cyd", None).problem


def damaged(chance: random.Random) -> bytes:
    """An archive, and then bytes, pieces or the list of contents changed in it."""
    packed, method = (
        io.BytesIO(),
        chance.choice([zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA]),
    )
    with zipfile.ZipFile(packed, "w", method) as archive:
        archive.writestr(f"bob/{GAME}.ipynb", b"x" * chance.randint(0, 400))
        archive.writestr("inner.zip", zipped(f"{GAME}.ipynb"))
    data = bytearray(packed.getvalue())
    for _ in range(chance.randint(1, 12)):
        at = chance.randrange(len(data))
        match chance.randrange(4):
            case 0:
                data[at] ^= 1 << chance.randrange(8)
            case 1:
                data[at] = chance.choice([0, 1, 14, 127, 255])
            case 2:
                del data[at : at + chance.randint(1, 30)]
            case 3:
                data[at:at] = bytes(chance.randrange(256) for _ in range(chance.randint(1, 9)))
        data = data or bytearray(b"P")
    return bytes(data)


def test_damaged_archives_are_one_students_trouble(tmp_path: Path) -> None:
    """400 by default, 10,000 when thorough; Python's own decompressors fail in many ways (G1)."""
    ann = folder(tmp_path / "class", f"ann/{GAME}.ipynb")
    chance, read = random.Random(0), 0
    for _ in range(10_000 if everything() else 400):
        (ann / "bob.zip").write_bytes(damaged(chance))
        intake = find_submissions(ann, LESSONS)
        assert only(intake, "ann").read()
        for one in intake.submissions:
            try:
                one.read()
                read += 1
            except GradingError as error:
                assert str(error)
    assert read > 400, "some of the damage was harmless"


@pytest.mark.parametrize("method", [zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_what_is_packed_by_any_method_is_read_and_a_bomb_takes_little_memory(tmp_path: Path, method: int) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", method) as archive:
        archive.writestr(f"{GAME}.ipynb", b"0" * 30_000_000)
    (tmp_path / "ann.zip").write_bytes(packed.getvalue())
    place = scan.Place(tmp_path / "ann.zip", (0,))
    assert place.read() == b"0" * 30_000_000
    tracemalloc.start()
    with pytest.raises(GradingError, match="more than 1 MB"):
        place.read(1_000_000)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    # LZMA looks back over eight.
    assert most < 16_000_000


def test_lzma_that_wants_all_the_memory_is_refused(tmp_path: Path) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_LZMA) as archive:
        archive.writestr(f"{GAME}.ipynb", b"0" * 100)
    data = bytearray(packed.getvalue())
    # Behind the entry's header and name: version (2), size (2), lc/lp/pb (1), the dictionary (4).
    struct.pack_into("<I", data, 30 + len(f"{GAME}.ipynb") + 5, 2**31)
    (tmp_path / "ann.zip").write_bytes(data)
    with pytest.raises(GradingError, match="would take 2,147 MB of memory; ask for an ordinary zip"):
        scan.Place(tmp_path / "ann.zip", (0,)).read()
