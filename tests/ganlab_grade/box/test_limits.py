"""Memory, CPU time, threads and the scratch folder end where they should, and how it ended is told right."""

import os
import signal
import time

import psutil
import pytest

from ganlab_grade.box import Limits, Unsafe, stop
from ganlab_grade.box.files import files_in
from tests.ganlab_grade.box.programs import run, start, this_machines_sandbox
from tests.ganlab_grade.when import BOX

GIB = 2**30


@pytest.mark.thorough(when=BOX)
def test_fifty_gigabytes_are_an_ordinary_error():
    before = psutil.virtual_memory().available
    ended = run("""
        import mmap, numpy, torch
        say(error_of(numpy.ones, 50 * 2**27))
        say(error_of(torch.ones, 50 * 2**28))
        say(error_of(bytearray, 50 * 2**30))
        say(error_of(mmap.mmap, -1, 50 * 2**30))
        say(error_of(mmap.mmap, -1, 50 * 2**30, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS))
        say(error_of(mmap.mmap, -1, 2**30, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | 0x100))   # grows downwards
        say(float(torch.ones(1000).sum()))
    """)
    assert ended.said[:2] == ["MemoryError", "RuntimeError"] or ended.said[:2] == [
        "_ArrayMemoryError",
        "RuntimeError",
    ]
    assert ended.said[2:] == ["MemoryError", "PermissionError", "OSError", "PermissionError", 1000.0]
    assert psutil.virtual_memory().available > before - GIB


@pytest.mark.parametrize("grow", ["bytearray(1 << 24)", "b'x' * (1 << 20)", "private(1 << 24)"])
def test_memory_that_is_used_stays_below_the_limit(grow):
    ended = run(
        f"""
        import mmap, resource
        def private(size):
            pages = mmap.mmap(-1, size, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
            pages.write(b"x" * size)
            return pages
        kept = []
        say(error_of(lambda: [kept.append({grow}) for _ in range(4000)]))
        kept.clear()
        say(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024)
        """,
        memory_bytes=GIB // 2,
    )
    assert ended.said[0] in ("MemoryError", "OSError")
    assert 0.3 * GIB < ended.said[1] < 0.6 * GIB
    assert ended.how == "ended"


def test_the_scratch_folder_has_an_end():
    size = 8 * 2**20
    ended = run(
        """
        say(error_of(lambda: open("large", "wb").write(bytes(9 << 20))))
        os.remove("large")
        written = 0
        try:
            for number in range(1000):
                for folder in ("/tmp", "/tmp/home"):
                    written += os.write(os.open(f"{folder}/{number}", os.O_CREAT | os.O_WRONLY), bytes(1 << 18))
        except OSError as error:
            say(error.strerror)
        say(written)
        kept = [os.open("/dev/null", os.O_RDONLY) for _ in range(10)]
        say(error_of(lambda: [kept.append(os.open("/dev/null", os.O_RDONLY)) for _ in range(300)]))
        """,
        file_bytes=size,
    )
    assert ended.said[0] == "OSError"
    assert ended.said[1] == "No space left on device"
    assert size // 2 < ended.said[2] <= size
    assert ended.said[3] == "OSError"


@pytest.mark.parametrize(
    ("make", "how"),
    [
        ("os.close(os.open(f'/tmp/home/{number}', os.O_CREAT | os.O_WRONLY))", "memory"),
        ("os.mkdir(f'/tmp/{number}')", "memory"),
        ("os.symlink('x', f'/tmp/{number}')", "memory"),
        ("os.link('/tmp/first', f'/tmp/{number}')", "memory"),
        ("number and os.rename(f'/tmp/{number - 1}', f'/tmp/{number}') or number or os.mkdir('/tmp/0')", "ended"),
    ],
)
def test_empty_files_are_counted_too(make, how):
    """They have no size, and take the kernel's memory, outside of every limit of a process."""
    ended = run(
        f"""
        open("/tmp/first", "w").close()
        say(1)
        for number in range(30_000):
            {make}
        if {how == "memory"}:
            sys.stdin.read()
        """,
        files=2_000,
    )
    assert (ended.said, ended.how) == ([1], how)


def test_files_are_counted_where_they_are(tmp_path):
    assert files_in(str(tmp_path), Limits()) == 0
    assert files_in("/nowhere", Limits()) == 0


def test_a_thread_bomb_ends():
    ended = run(
        """
        import ctypes, threading, time
        count, wait = 0, threading.Event()
        threading.stack_size(65536)
        try:
            while count < 5000:
                threading.Thread(target=wait.wait, daemon=True).start()
                count += 1
        except RuntimeError as error:
            say(str(error))
        say(count)
        wait.set()
        time.sleep(0.5)
        threading.Thread(target=say, args=("and threads again",)).start()
        """,
        threads=40,
    )
    assert ended.said[0] == "can't start new thread"
    assert 30 <= ended.said[1] < 40
    assert ended.said[2:] == ["and threads again"]


def test_cpu_time_has_an_end():
    ended = run(
        "import signal; say(error_of(signal.signal, signal.SIGXCPU, signal.SIG_IGN))\nwhile True: pass", cpu_seconds=1
    )
    assert (ended.said, ended.how) == (["PermissionError"], "cpu")


@pytest.mark.thorough(when=BOX)
def test_cpu_time_ends_also_for_who_does_not_listen():
    ended = run("import signal; signal.pthread_sigmask(0, [signal.SIGXCPU]); say(1)\nwhile True: pass", cpu_seconds=1)
    assert ended.said == [1]
    assert ended.code == 128 + signal.SIGKILL


@pytest.mark.thorough(when=BOX)
def test_threads_share_their_cpu_time():
    ended = run(
        """
        import threading
        def spin():
            while True: pass
        for _ in range(3): threading.Thread(target=spin, daemon=True).start()
        spin()
        """,
        cpu_seconds=1,
    )
    assert ended.how == "cpu"


@pytest.mark.parametrize(
    ("program", "how"),
    [
        ("", "ended"),
        ("os._exit(0)", "ended"),
        ("sys.exit(3)", "died"),
        ("raise ValueError", "died"),
        ("os.abort()", "died"),
        ("import ctypes; ctypes.string_at(0)", "died"),
        ("os.close(1); sys.stdin.read()", "time"),
        ("sys.stdin.read()", "time"),
    ],
)
def test_how_it_ended(program, how):
    process = start(program)
    if how != "time":  # until its output ends; another one has to be stopped
        process.stdout.read()
    else:
        time.sleep(0.3)
    assert stop(process) == how


def test_a_kill_from_outside_is_the_kernel_short_of_memory():
    process = start("say(1)\nsys.stdin.read()")
    process.stdout.readline()
    (inside,) = psutil.Process(process.pid).children()[0].children()
    inside.send_signal(signal.SIGKILL)
    process.stdout.read()
    assert stop(process) == "memory"
    # Nothing inside can look like that.
    assert run("say(error_of(os.kill, os.getpid(), 9)); import signal; signal.raise_signal(9)").said == [
        "PermissionError"
    ]


@pytest.mark.slow
@pytest.mark.thorough(when=BOX)
def test_what_a_lesson_imports_works_and_computes_the_same():
    program = """
        import io, IPython, matplotlib.pyplot as plt, numpy, scipy.stats, skimage.transform, torch
        torch.manual_seed(0); numpy.random.seed(0)
        picture = io.BytesIO()
        plt.plot([1, 2]); plt.savefig(picture, format="png")
        layer = torch.nn.Conv2d(3, 8, 3)
        torch.set_num_threads(2)
        say([torch.get_num_threads(), torch.backends.cpu.get_cpu_capability(), layer(torch.randn(4, 3, 32, 32)).double().sum().item().hex(),
             float(scipy.stats.norm.cdf(1.0)), skimage.transform.rescale(numpy.eye(4), 2).shape, len(picture.getvalue())])
        import ganlab
        from IPython.core.interactiveshell import InteractiveShell
        say([str(InteractiveShell.instance().run_cell("a = 1 + 1;").success), len(ganlab.pretrained.shipped_names())])
    """
    inside, outside = run(program), run(program, Unsafe())
    assert (inside.how, outside.how) == ("ended", "ended")
    assert inside.said == outside.said
    assert inside.said[1][0] == "True"


def test_without_a_sandbox_limits_hold_and_the_folder_goes():
    this_machines_sandbox()
    process = start("say(os.getcwd())\nsay(error_of(bytearray, 50 * 2**30))\nsys.stdin.read()", Unsafe())
    folder, error = (process.stdout.readline().decode().strip().strip('"') for _ in range(2))
    assert os.path.isdir(folder)
    assert error == "MemoryError"
    assert stop(process) == "time"
    assert not os.path.exists(folder)
