"""``python -m deploy.voila``: serve the studios of lessons 02 to 05 as one page, on this computer."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import tempfile
from pathlib import Path

from deploy.voila.watching import DIED, WATCHED, watch


def options(arguments: list[str] | None = None) -> argparse.Namespace:
    """What the command was told."""
    parser = argparse.ArgumentParser(prog="make studio", description="The studios of lessons 02 to 05 as one page.")
    parser.add_argument("--port", type=int, default=8866)
    parser.add_argument("--ip", default="127.0.0.1", help="0.0.0.0 lets others in, who need the token then printed")
    parser.add_argument("--token", help="at least 8 characters; for other computers one is made if none is given")
    parser.add_argument("--most", type=int, default=30, help="people at the same time (default 30)")
    parser.add_argument("--no-browser", action="store_true", help="open no browser here")
    parser.add_argument(
        "--cold", action="store_true", help="start every visitor's process from nothing (macOS: always)"
    )
    found = parser.parse_args(arguments)
    if not 1 <= found.most <= 200:
        parser.error("--most: expected a number from 1 to 200")
    if found.token is not None and len(found.token) < 8:
        parser.error("--token: expected at least 8 characters")
    return found


def main() -> None:
    """Serve until Ctrl-C: in a process of its own, which is started again should it die."""
    chosen = options()
    fallback = os.environ.pop(WATCHED, None)
    if fallback is None:
        sys.exit(watch([sys.executable, "-m", "deploy.voila", *sys.argv[1:]], again=["--no-browser"]))
    try:
        serve(chosen, fallback)
    # Whatever it is: the next server begins anew, and nobody has to come and start it.
    except Exception as error:
        print(f"The studio's server cannot go on ({type(error).__name__}: {error}).", file=sys.stderr, flush=True)
        sys.exit(DIED)


def serve(chosen: argparse.Namespace, fallback: str) -> None:
    """Load what visitors will need, then serve; ``fallback`` is the token where one is needed and none was given."""
    root = str(Path(__file__).resolve().parents[2])
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [root, os.environ.get("PYTHONPATH")]))
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        os.environ.setdefault(name, "1")
    # Only Linux can copy a process that has loaded such libraries and hold the copy by a descriptor.
    cold = chosen.cold or not sys.platform.startswith("linux") or not hasattr(os, "pidfd_open")
    with tempfile.TemporaryDirectory(prefix="ganlab-studio-") as private:
        # Neither the settings nor the start-up files of whoever serves the page have a say in visitors' kernels.
        os.environ.update(IPYTHONDIR=private, JUPYTER_CONFIG_DIR=private, JUPYTER_NO_CONFIG="1")
        from deploy.voila.bounds import prepare_environment, speak_briefly
        from deploy.voila.forking import ForkServer
        from deploy.voila.kernels import ForkedProvisioner
        from deploy.voila.server import StudioServer, settings

        prepare_environment()
        speak_briefly()
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
        config = settings(
            ip=chosen.ip, port=chosen.port, most=chosen.most, browser=not chosen.no_browser, token=chosen.token,
            fallback=fallback,
        )  # fmt: skip
        server = None if cold else ForkServer()
        try:
            application = StudioServer(config=config)
            application.initialize([])
            if server is not None:
                print("The networks are being loaded ...", flush=True)
                server.wait_until_ready()
                ForkedProvisioner.use(server)
            application.start()
        finally:
            if server is not None:
                server.stop()


if __name__ == "__main__":
    main()
