"""Made-up exports of learning platforms, with the truth about who handed in what."""

from __future__ import annotations

import io
import random
import zipfile
from dataclasses import dataclass, field
from pathlib import Path

from tests.ganlab_grade.intake.exports import DCGAN, GAME

PLATFORMS = ("canvas", "moodle", "blackboard", "brightspace", "sakai", "ilias", "gradescope", "folders")
FIRST = ["Jane", "Li", "Zoë", "José María", "Anne-Marie", "O'Brien", "王", "Mary Ann", "Max", "jane"]
LAST = ["Doe", "Wei", "Müller", "García-López", "van der Berg", "McDonald", "小明", "Smith", "Doe", "Nguyễn"]
# What students, browsers and Colab call a file.
FILES = [
    "{}.ipynb", "{}.ipynb", "Copy of {}.ipynb", "{} (1).ipynb", "{}-Copy1.ipynb", "final_{}.ipynb", "{}_v2.ipynb", "Untitled.ipynb",
    "my notebook.ipynb", "solution_01_02_03.ipynb", "{}.ipynb.txt", "hw_12345_67890_{}.ipynb", "Kopie von {}.ipynb",
]  # fmt: skip


@dataclass(frozen=True)
class Person:
    """Somebody in the class: unlike everybody else in number and login, not always in name."""

    first: str
    last: str
    number: int

    @property
    def key(self) -> str:
        return str(self.number)

    @property
    def login(self) -> str:
        return f"u{self.number % 10_000}x"


@dataclass
class Export:
    """Files by their path in the class's folder, and whose each content is. What ends on .zip/ is packed."""

    files: dict[str, bytes] = field(default_factory=dict)
    truth: dict[str, str] = field(default_factory=dict)

    def hand_in(self, path: str, person: Person) -> None:
        token = f"content {len(self.truth)}"
        self.files[path] = token.encode()
        self.truth[token] = person.key

    def write(self, root: Path) -> None:
        """Put it on the disk: parts of a path that end on .zip become archives."""
        archives: dict[str, list[tuple[str, bytes]]] = {}
        root.mkdir(parents=True)
        for name, data in self.files.items():
            archive, cut, inner = name.partition(".zip/")
            if cut:
                archives.setdefault(f"{archive}.zip", []).append((inner, data))
            else:
                path = root / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(data)
        for name, entries in archives.items():
            packed = io.BytesIO()
            with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as file:
                for inner, data in entries:
                    file.writestr(inner, data)
            (root / name).write_bytes(packed.getvalue())


def make_export(platform: str, chance: random.Random) -> Export:
    """One to three exports of a class of 2 to 7, as archives side by side or a folder, with what lies about beside them."""
    made = Export()
    numbers = chance.sample(range(10_000, 99_999), 8)
    people = [Person(chance.choice(FIRST), chance.choice(LAST), number) for number in numbers[: chance.randint(2, 7)]]
    if platform in ("moodle",):
        # Two of one name in Moodle are told apart in an export, and cannot be across exports.
        people = list({(one.first, one.last): one for one in people}.values())
    lessons = chance.sample([GAME, DCGAN], chance.randint(1, 2))
    for at, lesson in enumerate(lessons):
        around = _around(platform, chance, at, lesson, alone=len(lessons) == 1)
        for person in people if len(lessons) == 1 else chance.sample(people, max(1, len(people) - 1)):
            for attempt in range(chance.choice([1, 1, 1, 2, 3])):
                file = chance.choice(FILES).format(lesson)
                made.hand_in(f"{around}{_path(platform, person, file, chance, attempt, lesson)}", person)
        for name in chance.sample(["grades.csv", "notes.txt", "__MACOSX/._x.ipynb", ".DS_Store", "index.html"], 2):
            made.files[f"{around}{name}"] = b""
        if platform == "gradescope":
            made.files[f"{around}submission_metadata.yml"] = _metadata(made, around, people)
    return made


def _around(platform: str, chance: random.Random, at: int, lesson: str, *, alone: bool) -> str:
    """The archive or folder of one export; its names are the platforms' own."""
    number = chance.randint(1000, 9999)
    archives = {
        "canvas": f"submissions ({at}).zip/" if at else "submissions.zip/",
        "moodle": f"GAN-{lesson}-{number}.zip/",
        "blackboard": f"gradebook_{lesson}_2026-02-01-09-00-0{at}.zip/",
        "brightspace": f"{lesson} Download Feb 1, 2026 90{at} AM.zip/",
        "sakai": f"bulk_download {at}.zip/{lesson}/",
        "ilias": f"{lesson}.zip/{'Abgaben/' if chance.random() < 0.5 else ''}",
        "gradescope": f"assignment_{number}_export.zip/",
        "folders": f"{lesson}.zip/",
    }
    if alone and chance.random() < 0.3 and platform not in ("sakai", "folders"):
        return ""
    return archives[platform]


def _path(platform: str, person: Person, file: str, chance: random.Random, attempt: int, lesson: str) -> str:
    name, deep = f"{person.first} {person.last}", chance.choice(["", "", "work/", "a/b/"])
    day = f"{attempt + 1:02}"
    squeezed = "".join(sign for sign in f"{person.last}{person.first}".lower() if sign.isalnum())
    match platform:
        case "canvas":
            late = chance.choice(["", "", "LATE_"])
            return f"{squeezed}_{late}{person.number}_{chance.randint(100_000, 999_999)}_{file}"
        case "moodle":
            return f"{name}_{person.number}_assignsubmission_file_/{deep}{attempt}{file}"
        case "blackboard":
            return f"Lab {lesson}_{person.login}_attempt_2026-01-{day}-10-02-59_{file}"
        case "brightspace":
            when = f"Jan {attempt + 1}, 2026 {chance.choice(['930', '1002'])} {chance.choice(['AM', 'PM'])}"
            return f"{person.number}-777 - {name} - {when}{chance.choice(['/', ' - '])}{file}"
        case "sakai":
            return f"{person.last}, {person.first}({person.login})/Submission attachment(s)/{attempt} {file}"
        case "ilias":
            last, first = (part.replace(" ", "-") for part in (person.last, person.first))
            return f"{last}_{first}_{person.login}_{person.number}/202601{day}100259_{file}"
        case "gradescope":
            return f"submission_{person.number}/{deep}{attempt}_{file}"
        case _:
            return f"{person.number}/{deep}{attempt}{file}"


def _metadata(made: Export, around: str, people: list[Person]) -> bytes:
    lines = ["---"]
    for person in people:
        lines += [f"submission_{person.number}:", "  :submitters:", f'  - :name: "{person.first} {person.last}"']
        lines += [f"    :sid: '{person.number}'"]
    return "\n".join(lines).encode()
