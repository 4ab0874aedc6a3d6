"""What the tests of the intake share: folders and archives of made-up submissions."""

import io
import zipfile
from pathlib import Path

from ganlab_grade.intake import Intake

GAME, DCGAN = "01_minimax_game", "02_dcgan"
LESSONS = ("00_start_here", GAME, DCGAN, "02_dcgan_long")


def folder(root: Path, *names: str) -> Path:
    """Files whose content is their own name; a name that ends on / is an empty folder."""
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.mkdir(exist_ok=True) if name.endswith("/") else path.write_text(name)
    return root


def zipped(*names: str, **contents: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in names:
            archive.writestr(name, name)
        for name, data in contents.items():
            archive.writestr(name.replace("__", "/").replace("_zip", ".zip"), data)
    return file.getvalue()


def found(intake: Intake) -> set[tuple[str, str | None]]:
    return {(one.student, one.lesson) for one in intake.submissions if not one.problem}


def only(intake: Intake, student: str, lesson: str | None = GAME):
    (one,) = (one for one in intake.submissions if (one.student, one.lesson) == (student, lesson))
    return one
