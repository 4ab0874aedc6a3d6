"""Attacks on what a machine has: processes, threads, memory, disk, open files, output."""

from tests.ganlab_grade.hostile.case import Case, hostile


@hostile(rungs=("error",))
def fork_bomb(case: Case) -> object:
    """Doubles itself for ever."""
    return case.answered("import os\n\n\ndef NAME(*args, **kwargs):\n    while True:\n        os.fork()")


@hostile(rungs=("error",), says="started: 0")
def starts_programs(case: Case) -> object:
    """Tries every way to start another program."""
    return case.answered(
        "import multiprocessing, os, pty, subprocess, sys\n\n\ndef NAME(*args, **kwargs):\n    started = []\n"
        "    ways = [lambda: subprocess.run(['sleep', '1000']), lambda: os.execv(sys.executable, ['python']),\n"
        "            lambda: os.posix_spawn(sys.executable, ['python'], {}), lambda: pty.spawn('sh'),\n"
        "            lambda: multiprocessing.Process(target=print).start(), lambda: 1 / (os.system('true') == 0)]\n"
        "    for way in ways:\n        try:\n            way()\n        except Exception:\n            continue\n"
        "        started.append(way)\n    raise ValueError(f'started: {len(started)}')"
    )


@hostile(rungs=("error",), others=1.0, slow=True)
def thread_bomb(case: Case) -> object:
    """Starts threads until there can be no more of them."""
    return case.answered(
        "import threading, time\n\n\ndef NAME(*args, **kwargs):\n    while True:\n"
        "        threading.Thread(target=time.sleep, args=(1e6,), daemon=True).start()"
    )


@hostile(rungs=("error",))
def fifty_gigabytes_at_once(case: Case) -> object:
    """Asks for more memory than there is."""
    return case.answered("def NAME(*args, **kwargs):\n    return len(bytearray(50 * 2**30))")


@hostile(human=None, rungs=("error", "memory", "died", "time"), slow=True)
def memory_until_none_is_left(case: Case) -> object:
    """Takes memory piece by piece, and holds on to it when there is no more."""
    return case.answered(
        "held = []\n\n\ndef NAME(*args, **kwargs):\n    size = 2**27\n    while size > 2**10:\n        try:\n"
        "            held.append(b'x' * size)\n        except MemoryError:\n            size //= 2\n"
        "    raise ValueError('all of it is mine')"
    )


@hostile(rungs=("error",), says="reached: []")
def network(case: Case) -> object:
    """Tries to send something to the world."""
    return case.answered(
        "import socket, urllib.request\n\n\ndef NAME(*args, **kwargs):\n    reached = []\n"
        "    for family in (socket.AF_INET, socket.AF_INET6, socket.AF_UNIX, socket.AF_NETLINK):\n        try:\n"
        "            socket.socket(family, socket.SOCK_DGRAM)\n        except OSError:\n            continue\n"
        "        reached.append(family)\n    try:\n        urllib.request.urlopen('http://127.0.0.1:22', timeout=1)\n"
        "    except OSError as error:\n        pass\n    raise ValueError(f'reached: {reached}')"
    )


@hostile(share=1.0, others=None)
def opens_every_file(case: Case) -> object:
    """Opens files until no more can be opened, and keeps them open; then answers rightly. Others may need files."""
    return case.answered(
        "kept = []\ntry:\n    while True:\n        kept.append(open('/dev/null'))\nexcept OSError:\n    pass\n\n"
        + case.solution
    )


@hostile(share=1.0)
def deletes_every_file(case: Case) -> object:
    """Deletes whatever it can, for two seconds, then answers rightly."""
    return case.answered(
        "import os, time\n\nuntil = time.monotonic() + 2\n"
        "for top in (os.getcwd(), os.path.expanduser('~'), '/tmp', '/course', '/home', '/root', '/var', '/etc', '/'):\n"
        "    for folder, folders, files in os.walk(top, topdown=False):\n        for name in files + folders:\n"
        "            try:\n                os.chmod(os.path.join(folder, name), 0o777)\n            except OSError:\n"
        "                pass\n            try:\n                os.remove(os.path.join(folder, name))\n"
        "            except OSError:\n                pass\n        if time.monotonic() > until:\n            break\n\n"
        + case.solution
    )


@hostile(share=1.0)
def fills_the_disk(case: Case) -> object:
    """Writes to every folder until nothing more can be written; then answers rightly."""
    return case.answered(
        "import os\n\nfor folder in ('.', '~', '/tmp', '/var/tmp', '/dev/shm', '/dev', '/run', '/course', '/'):\n"
        "    for number in range(40):\n        try:\n"
        "            with open(os.path.join(os.path.expanduser(folder), f'full-{number}'), 'wb') as file:\n"
        "                for _ in range(64):\n                    file.write(bytes(2**24))\n"
        "        except OSError:\n            pass\n\n" + case.solution
    )


@hostile(human=True, rungs=("time",), slow=True)
def prints_for_ever(case: Case) -> object:
    """The answer prints and prints."""
    return case.answered("def NAME(*args, **kwargs):\n    while True:\n        print('x' * 10**6)")


@hostile(human=True, rungs=("time",), slow=True)
def prints_for_ever_at_top_level(case: Case) -> object:
    """The answer's cell prints and prints."""
    return case.answered(f"while True:\n    print('x' * 10**6, flush=True)\n\n{case.solution}")


@hostile(share=1.0)
def prints_two_hundred_megabytes(case: Case) -> object:
    """Prints 200 MB to standard output, to standard error and to the file descriptors; then answers rightly."""
    return case.answered(
        "import os, sys\n\nfor _ in range(200):\n    print('x' * 10**6)\n    print('y' * 10**6, file=sys.stderr)\n"
        "    os.write(1, b'z' * 10**6)\n    os.write(2, b'z' * 10**6)\n\n" + case.solution
    )


@hostile(human=True, rungs=("protocol", "memory", "died", "time"), slow=True)
def returns_a_gigabyte(case: Case) -> object:
    """Returns a tensor of a gigabyte."""
    return case.answered("import torch\n\n\ndef NAME(*args, **kwargs):\n    return torch.zeros(2**28)")


@hostile(human=None, rungs=("protocol", "memory", "died", "time", "wrong_type", "error"), slow=True)
def returns_ten_million_items(case: Case) -> object:
    """Returns a list of ten million numbers."""
    return case.answered("def NAME(*args, **kwargs):\n    return list(range(10**7))")


@hostile(human=None, rungs=("time", "error"), slow=True)
def raises_a_hundred_megabytes(case: Case) -> object:
    """Raises an exception with a text of 100 MB."""
    return case.answered("def NAME(*args, **kwargs):\n    raise ValueError('x\\n' * 5 * 10**7)")
