"""Write the course's address everywhere: `make badges REPO=owner/name BRANCH=main`.

The address stands in one place, ``[tool.ganlab]`` of pyproject.toml. Everything else that shows it is derived: the
badges and setup cells of the notebooks, links in the documents, citations. This writes pyproject.toml and, as text,
every derived place. Nothing is executed, and no output of a notebook becomes out of date, since the address is no
part of what outputs depend on. Without REPO and BRANCH the address of pyproject.toml is written into the rest; so
it can be edited by hand, too, and a run that was cut short is simply repeated.
"""

import argparse
import re
import subprocess
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
GITHUB = "https://github.com/"
# What GitHub lets people call themselves and their repositories.
OWNER = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,37}[A-Za-z0-9])?"
NAME = r"[A-Za-z0-9._-]{1,100}"
# Colab's address cannot tell a branch with a slash from a folder, and the rest would have to be escaped in one place
# and not in another.
BRANCH = r"[A-Za-z0-9_](?:[A-Za-z0-9._-]*[A-Za-z0-9_-])?"
COLAB = re.compile(rf"colab\.research\.google\.com/github/({OWNER})/({NAME})/blob/([^/\s]+)/(?:notebooks|solutions)/")
# Folders that hold nothing of the course's own; only looked at where git does not say what belongs to the project.
FOREIGN = {".git", ".venv", "build", "dist", "node_modules", "wheelhouse", "pages", "runs", "artifacts", "course"}
LARGEST = 20_000_000  # no text of ours is larger; weights are


class AddressError(ValueError):
    """The address cannot be used; the message says why in a sentence."""


@dataclass(frozen=True)
class Address:
    """Where the course is published on GitHub."""

    owner: str
    name: str
    branch: str

    @property
    def url(self) -> str:
        """``https://github.com/owner/name``."""
        return f"{GITHUB}{self.owner}/{self.name}"


def parse(repository: str, branch: str) -> Address:
    """An address from what a person types: ``owner/name``, or the whole URL as the browser or `git clone` has it.

    Raises
    ------
    AddressError
        If GitHub could not have such a repository, or Colab's links no such branch.
    """
    slug = re.sub(r"^(https?://(www\.)?github\.com/|git@github\.com:|github\.com/)", "", repository.strip())
    slug = slug.rstrip("/").removesuffix(".git")
    found = re.fullmatch(rf"({OWNER})/({NAME})", slug)
    if not found or found[2] in (".", ".."):
        raise AddressError(f"REPO={repository!r} is no repository on GitHub; expected owner/name, as in "
                           "REPO=ada/gans or https://github.com/ada/gans")  # fmt: skip
    if not re.fullmatch(BRANCH, branch) or ".." in branch or branch.endswith(".lock"):
        raise AddressError(f"BRANCH={branch!r} cannot be used; expected a name of letters, digits, dots, hyphens and "
                           "underscores, without a slash, which Colab's links cannot hold")  # fmt: skip
    return Address(found[1], found[2], branch)


def current(root: Path) -> Address:
    """The address in pyproject.toml."""
    table = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["ganlab"]
    return parse(table["repository"], table["branch"])


def project_files(root: Path) -> list[Path]:
    """Every file of the project: those git knows, or without git all but foreign folders."""
    listed = None
    if (root / ".git").exists():
        command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
        listed = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    if listed is not None and listed.returncode == 0:
        paths = [root / name for name in listed.stdout.split("\0") if name]
    else:
        paths = [path for path in root.rglob("*") if not FOREIGN & set(path.relative_to(root).parts)]
    return sorted(path for path in paths if path.is_file() and path.stat().st_size <= LARGEST)


def read(path: Path) -> str | None:
    """The text of a file, or None if it is no text."""
    try:
        return path.read_bytes().decode("utf-8")  # line ends stay as they are
    except UnicodeDecodeError:
        return None


def found_in_notebooks(root: Path) -> set[Address]:
    """Addresses that the notebooks' badges show: those of pyproject.toml, or of a run that was cut short."""
    texts = (read(path) or "" for folder in ("notebooks", "solutions") for path in (root / folder).glob("*.ipynb"))
    return {Address(*found) for text in texts for found in COLAB.findall(text)}


def rewritten(text: str, old: Address, new: Address) -> str:
    """The text with the new address in every link that has the old one; words that only look like it stay."""
    link = re.compile(
        r"(github\.com(?:/|:|%2F)|raw\.githubusercontent\.com/|research\.google\.com/github/|mybinder\.org/v2/gh/)"
        # A link inside of a link, as nbgitpuller's, has its slashes escaped. A name ends where none could go on.
        rf"{old.owner}(/|%2F){re.escape(old.name)}(?![\w-]|\.(?!git\b)\w)"
        rf"(?:((?:\.git)?(?:@|/(?:(?:blob|tree|raw|edit)/)?|&(?:amp;)?branch=)){re.escape(old.branch)}(?![\w-]|\.\w))?"
    )

    def replaced(found: re.Match[str]) -> str:
        host, slash, way = found.groups()
        return f"{host}{new.owner}{slash}{new.name}" + (f"{way}{new.branch}" if way else "")

    return link.sub(replaced, text)


def in_pyproject(text: str, new: Address) -> str:
    """pyproject.toml with the address in its table; its comments and everything else stay."""
    head, table, rest = re.split(r"(^\[tool\.ganlab\]\n(?:(?!\[).*\n?)*)", text, maxsplit=1, flags=re.M)
    table = re.sub(r'^repository = ".*"$', f'repository = "{new.url}"', table, flags=re.M)
    table = re.sub(r'^branch = ".*"$', f'branch = "{new.branch}"', table, flags=re.M)
    return head + table + rest


def derive(root: Path, new: Address) -> list[str]:
    """Write the address into pyproject.toml and all that is derived from it; return the files that changed.

    pyproject.toml is the last, so that a run that was cut short still knows what it began with.
    """
    old = sorted(
        {current(root), *found_in_notebooks(root)} - {new}, key=lambda address: (address.url, address.branch)
    )
    pyproject = root / "pyproject.toml"
    changed = []
    for path in [*(path for path in project_files(root) if path != pyproject), pyproject]:
        before = read(path)
        if before is None:
            continue
        text = before
        for address in old:
            text = rewritten(text, address, new)
        if path == pyproject:
            text = in_pyproject(text, new)
        if text != before:
            path.write_bytes(text.encode("utf-8"))
            changed.append(path.relative_to(root).as_posix())
    return changed


def main(arguments: list[str] | None = None) -> int:
    """Write the address everywhere; the exit status is 0 if all is well."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repo", default="", help="owner/name on GitHub; without it the one in pyproject.toml")
    parser.add_argument("--branch", default="", help="without it the one in pyproject.toml")
    parser.add_argument("--root", type=Path, default=ROOT, help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    root = options.root.resolve()
    try:
        known = current(root)
        new = parse(options.repo or known.url, options.branch or known.branch)
    except AddressError as error:
        print(error)
        return 1
    changed = derive(root, new)
    print(f"{new.url}, branch {new.branch}: {len(changed)} files written" if changed else
          f"{new.url}, branch {new.branch}: everything says so already")  # fmt: skip
    print("\n".join(f"  {name}" for name in changed), end="\n" if changed else "")
    if changed and (root / "course").is_dir():
        print("course/ holds assignments with the former address: `make assignments` writes them again")
    return 0


if __name__ == "__main__":
    sys.exit(main())
