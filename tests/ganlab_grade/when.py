"""What brings thorough tests of the marking back into a plain run: a change to what they test.

Each is for ``pytest.mark.thorough(when=...)``: patterns of files, in which a star matches slashes, too.
"""

# The walls: what is tried from inside.
BOX = ["ganlab_grade/box/*", "ganlab_grade/inside/*", "tests/ganlab_grade/box/*", "constraints.txt"]
# What a harmful submission meets on its way, and the attacks.
ATTACKED = [
    *BOX, "ganlab_grade/channel.py", "ganlab_grade/examine.py", "ganlab_grade/marking.py", "ganlab_grade/remote.py",
    "ganlab_grade/precheck/*", "ganlab/checks/attempt.py", "ganlab/checks/ladder.py", "tests/ganlab_grade/hostile/*",
    "tests/ganlab_grade/test_hostile.py",
]  # fmt: skip
EXAMINED = ["ganlab_grade/examine.py", "ganlab_grade/channel.py", "ganlab_grade/remote.py", "ganlab_grade/inside/*"]
MENDED = ["ganlab_grade/precheck/*", "tests/ganlab_grade/precheck/*"]
BOOK = ["ganlab_grade/book/*", "tests/ganlab_grade/book/*", "constraints.txt"]
RUN = ["ganlab_grade/run.py", "ganlab_grade/marking.py", "ganlab_grade/cli.py", "ganlab_grade/report/outputs.py"]
BANKS = [*EXAMINED, "ganlab/*/checks/*", "ganlab/checks/*", "tests/*/answers/*"]
CLASSROOM = ["tests/ganlab_grade/classroom/*", "tests/ganlab_grade/hostile/*", "ganlab_grade/intake/*"]
HUB = ["deploy/hub/*", "docs/jupyterhub.md", "tests/hub/*", "ganlab_grade/safe_html.py",
    "ganlab_grade/book/collect.py", "constraints.txt",
]  # fmt: skip
