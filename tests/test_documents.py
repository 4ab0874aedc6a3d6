"""The documents around the course: they name files that exist and commands that there are, and the licences agree."""

import re
import tomllib
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parent.parent
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
DOCUMENTS = ["README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md"]
TARGETS = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M))


def text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_link_of_a_document_leads_somewhere(name):
    links = re.findall(r"\]\((?!https?://)([^)#]+)\)|src=\"([^\"]+)\"", text(name))
    assert [link for pair in links for link in pair if link and not (ROOT / link).exists()] == []


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_command_of_a_document_is_one_of_the_makefile(name):
    said = set(re.findall(r"(?:`|^)make ([a-z-]+)", text(name), re.M))
    assert said <= TARGETS, f"{name} promises make {', make '.join(sorted(said - TARGETS))}"


def test_the_map_of_the_readme_has_every_lesson_with_its_time():
    row = r"^\| (\d\d) \| \[[^]]+\]\(notebooks/([^)]+)\.ipynb\) \|.*\| \d+(?: \+ \d+)? min \|$"
    rows = dict(re.findall(row, text("README.md"), re.M))
    assert rows == {path.stem[:2]: path.stem for path in (ROOT / "lessons").glob("[0-9][0-9]_*.py")}


def test_the_contributors_guide_begins_a_lesson_that_the_tool_would_begin():

    from tools.lessons import new_lesson

    form = r'^make new-lesson NAME=(\S+) FAMILY=(\S+) TITLE="([^"]+)"$'
    name, family, title = re.search(form, text("CONTRIBUTING.md"), re.M).groups()
    assert new_lesson.NAME.fullmatch(name)
    assert new_lesson.FAMILY.fullmatch(family)
    assert not new_lesson.NOT_IN_A_TITLE & set(title)
    for target, template in new_lesson.files(name, family).items():
        assert not template or f"`{target}`" in text("CONTRIBUTING.md")


def test_the_citation_is_valid_and_of_this_version():
    """CFF 1.2.0: what its schema requires, and what it allows in what we use."""
    citation = yaml.safe_load(text("CITATION.cff"))
    assert {"cff-version", "message", "title", "authors"} <= set(citation), "required"
    assert citation["cff-version"] == "1.2.0"
    assert citation["type"] in ("software", "dataset")
    assert all(isinstance(citation[key], str) and citation[key] for key in ("message", "title", "abstract"))
    assert citation["authors"]
    assert all(
        set(author) <= {"name", "family-names", "given-names", "orcid", "alias"} for author in citation["authors"]
    )
    assert len(set(citation["keywords"])) == len(citation["keywords"]) > 0
    assert str(citation["version"]) == PYPROJECT["project"]["version"]
    assert citation["repository-code"] == PYPROJECT["tool"]["ganlab"]["repository"]
    assert citation["license"] == ["MIT", "CC-BY-4.0"]
    allowed = {
        "cff-version",
        "message",
        "title",
        "abstract",
        "type",
        "authors",
        "version",
        "repository-code",
        "license",
        "keywords",
    }
    assert set(citation) <= allowed, "look new keys up in the schema first"


def test_code_and_text_have_their_licences_and_everybody_says_so():
    assert text("LICENSE").startswith("MIT License")
    legal = text("LICENSE-text")
    assert legal.startswith(
        "The text and the figures of this course are licensed under Creative Commons Attribution 4.0"
    )
    for section in range(1, 9):
        assert len(re.findall(rf"^Section {section} -- ", legal, re.M)) == 1, "the whole licence, not a summary"
    assert PYPROJECT["project"]["license"] == "MIT", "the wheel holds code and weights"
    for name in ("README.md", "CONTRIBUTING.md"):
        assert "MIT licence" in text(name).replace("[", "").replace("]", "")
        assert "CC BY 4.0" in text(name)


def test_the_security_note_says_how_to_report_and_invents_no_address():
    note = text("SECURITY.md")
    assert "private vulnerability reporting" in note
    assert not re.search(r"[\w.]+@[\w.]+\.\w+", note)
    assert {"## What is defended, and how", "## What is not defended"} <= set(note.split("\n"))
    assert [path for path in re.findall(r"`(tests/[^`]+)`", note) if not (ROOT / path).exists()] == []
