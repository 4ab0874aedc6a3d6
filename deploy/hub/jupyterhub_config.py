"""A JupyterHub for a class, with nbgrader's exchange: docs/jupyterhub.md says how to start it.

What nbgrader and JupyterLab are to read is in the folders beside this file: copy them with it. Under The Littlest
JupyterHub, or another installation that has its own accounts and its own way of starting servers, this file leaves
both as they are.
"""

import os
import sys
from pathlib import Path

c = get_config()  # noqa: F821 - JupyterHub gives it

HERE = Path(__file__).resolve().parent
# Everything the hub writes is below this folder: delete it, and the class was never here.
CLASS = Path(os.environ.get("GANLAB_HUB", "/srv/ganlab-hub"))
# Students and instructors pass notebooks to each other through this folder. nbgrader gives its subfolders their
# rights: students may put a submission in, and see nobody else's.
EXCHANGE = CLASS / "exchange"
# A trial on one computer, without accounts: the variable is the password that everybody uses.
TRIAL = os.environ.get("GANLAB_HUB_TRIAL", "")


def names(file):
    """The login names in a text file, one a line."""
    lines = (CLASS / file).read_text(encoding="utf-8").splitlines() if (CLASS / file).exists() else []
    return {line.strip() for line in lines if line.strip() and not line.startswith("#")}


STUDENTS, INSTRUCTORS = names("students.txt"), names("instructors.txt")
if not STUDENTS or not INSTRUCTORS:
    sys.exit(f"expected login names, one a line, in {CLASS}/students.txt and {CLASS}/instructors.txt")
if STUDENTS & INSTRUCTORS:
    sys.exit(f"in students.txt and in instructors.txt at once: {', '.join(sorted(STUDENTS & INSTRUCTORS))}")

EXCHANGE.mkdir(parents=True, exist_ok=True)
if EXCHANGE.stat().st_uid == os.getuid():
    EXCHANGE.chmod(0o777)  # nbgrader asks for it


def settings_for(spawner):
    """The folders a person's server reads first."""
    role = "instructor" if spawner.user.name in INSTRUCTORS else "student"
    return os.pathsep.join(str(HERE / folder) for folder in (role, "everyone"))


c.Authenticator.allowed_users = STUDENTS | INSTRUCTORS
c.Spawner.default_url = "/lab"
c.Spawner.environment.update(
    {
        "JUPYTER_CONFIG_PATH": settings_for,
        "NBGRADER_EXCHANGE": str(EXCHANGE),
        # The class shares the machine: without this, PyTorch takes every core for each of forty people.
        "OMP_NUM_THREADS": os.environ.get("GANLAB_HUB_THREADS", "1"),
    }
)
# A login shell would forget the environment of the hub, and with it `nbgrader` and `ganlab-grade`.
c.Spawner.args.extend(["--ServerApp.terminado_settings={'shell_command': ['/bin/bash']}"])

if TRIAL:
    # Nobody is protected from anybody here: all servers run as the person who started the hub. For one computer,
    # to see how it works. With a class, everyone has an account of their own on the machine.
    c.JupyterHub.bind_url = "http://127.0.0.1:8000"
    c.JupyterHub.authenticator_class = "shared-password"
    c.SharedPasswordAuthenticator.user_password = TRIAL
    c.JupyterHub.spawner_class = "simple"
    c.SimpleLocalProcessSpawner.home_dir_template = f"{CLASS}/home/{{username}}"
    c.Spawner.cmd = [sys.executable, "-m", "jupyterhub.singleuser"]
    c.Spawner.args.extend(["--allow-root"] if os.getuid() == 0 else [])
    # All share one account, which therefore says nothing about who submits; the hub's login name does.
    c.Spawner.environment.update({"NBGRADER_STUDENT": lambda spawner: spawner.user.name})
    c.JupyterHub.db_url = f"sqlite:///{CLASS}/jupyterhub.sqlite"
    c.JupyterHub.cookie_secret_file = f"{CLASS}/cookie_secret"
    c.ConfigurableHTTPProxy.pid_file = f"{CLASS}/proxy.pid"
