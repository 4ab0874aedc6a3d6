"""What one visitor's process may hold and say: tried in processes of their own, for it cannot be taken back."""

import logging
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
pytestmark = pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="only Linux bounds a process's memory so"
)

# A studio in miniature that is given the file at the path of the first argument.
VISITOR = """
import json, resource, sys
import numpy as np
import torch
from deploy.voila.bounds import bound
from ganlab.widgets.kit.session import Session
from ganlab.widgets.kit.upload import Upload

class Small(Session):
    def _actions(self):
        return {"fill": lambda wish: self.take(wish["megabytes"]), "upload": self.receive}
    def _content(self):
        return {"size": getattr(self, "size", None)}
    def take(self, megabytes):
        self.size = torch.ones(megabytes << 18).numel() if megabytes % 2 else np.ones(megabytes << 17).size
    def receive(self, wish):
        self.size = Upload().open(open(sys.argv[1], "rb").read()).size

bound(int(sys.argv[2]) << 20)
small = Small()
for number, wish in enumerate(json.loads(sys.argv[3]), 1):
    small.request = json.dumps({"id": number, **wish})
    print(small.response)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
"""


def visit(file, megabytes, wishes):
    done = subprocess.run(
        [sys.executable, "-c", VISITOR, str(file), str(megabytes), wishes], cwd=ROOT, capture_output=True, text=True,
        env={"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1", "PATH": "/usr/bin:/bin"}, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_what_takes_too_much_memory_is_a_sentence_and_the_process_goes_on():
    wishes = '[{"action": "fill", "megabytes": 4000}, {"action": "fill", "megabytes": 4001}, {"action": "fill", "megabytes": 50}]'
    *answers, most = visit("none", 200, wishes)
    for answer in answers[:2]:
        assert "Sorry, this could not be done (" in answer
        assert '"size": null' in answer
    assert '"message": ""' in answers[2], "there is room for less"
    assert int(most) < 1500


def test_a_picture_that_needs_too_much_is_refused_in_a_sentence(tmp_path):
    from PIL import Image

    # 16 million pixels with colours: 64 MB, and more while it is made smaller.
    Image.new("RGBA", (4000, 4000), (9, 99, 200, 128)).save(tmp_path / "large.png", compress_level=1)
    upload = '[{"action": "upload"}]'
    assert "needs more memory than there is for one person here" in visit(tmp_path / "large.png", 60, upload)[0]
    assert '"message": ""' in visit(tmp_path / "large.png", 900, upload)[0]


def test_errors_are_one_line_without_a_traceback():
    script = """
import logging, sys
from deploy.voila.bounds import speak_briefly
speak_briefly(), speak_briefly()
logging.basicConfig(format="%(message)s")
try:
    raise KeyError("secret")
except KeyError:
    logging.getLogger("any").exception("It failed\\nfor %s", "a reason")
    logging.error("As text: Traceback (most recent call last):\\n  File secret")
logging.error("x" * 5000)
"""
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, timeout=60)
    lines = done.stderr.splitlines()
    assert lines[:2] == ["It failed for a reason (KeyError)", "As text:"]
    assert [len(line) for line in lines[2:]] == [500]
    # Nothing of it has reached this process.
    assert not getattr(logging.getLogRecordFactory(), "brief", False)
