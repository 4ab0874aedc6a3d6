"""Attacks on time, and on the process itself: loops without end, and everything that ends Python."""

from tests.ganlab_grade.hostile.case import Case, hostile

LOOP = "while True:\n    pass"


@hostile(human=True, rungs=("time",), slow=True)
def endless_loop_in_the_answer(case: Case) -> object:
    """The answer never returns."""
    return case.answered("def NAME(*args, **kwargs):\n    while True:\n        pass")


@hostile(human=True, rungs=("time",), slow=True)
def endless_loop_at_top_level(case: Case) -> object:
    """The answer's cell never ends."""
    return case.answered(f"{LOOP}\n\n{case.solution}")


@hostile(share=1.0, human=True, slow=True)
def endless_loop_in_an_added_cell(case: Case) -> object:
    """A cell of the student's own never ends; all exercises are solved."""
    return case.added(LOOP)


@hostile(human=True, rungs=("time",), slow=True)
def endless_loop_in_del(case: Case) -> object:
    """The returned object loops when it is thrown away."""
    return case.answered(
        "class Sticky:\n    def __del__(self):\n        while True:\n            pass\n\n\n"
        "def NAME(*args, **kwargs):\n    return Sticky()"
    )


@hostile(human=True, rungs=("time",), slow=True)
def endless_loop_at_import(case: Case) -> object:
    """Writes a module that never ends, and imports it."""
    return case.answered(
        "import sys, tempfile, pathlib\nfolder = tempfile.mkdtemp()\n"
        "pathlib.Path(folder, 'slow_module.py').write_text('while True: pass')\n"
        "sys.path.insert(0, folder)\nimport slow_module\n\n" + case.solution
    )


@hostile(human=True, rungs=("time",), slow=True)
def sleeps_and_ignores_signals(case: Case) -> object:
    """Ignores every signal it may, then sleeps for a year, again and again."""
    return case.answered(
        "import signal, time\n\n\ndef NAME(*args, **kwargs):\n    for number in range(1, 65):\n        try:\n"
        "            signal.signal(number, signal.SIG_IGN)\n        except Exception:\n            pass\n"
        "    while True:\n        try:\n            time.sleep(3e7)\n        except BaseException:\n            pass"
    )


@hostile(rungs=("error",))
def recursion_without_end(case: Case) -> object:
    """The answer calls itself, for ever."""
    return case.answered("def NAME(*args, **kwargs):\n    return NAME(*args, **kwargs)")


@hostile(human=True, rungs=("died", "memory"), slow=True)
def recursion_through_c(case: Case) -> object:
    """The answer calls itself by way of C code, with Python's own limit taken away: the stack overflows."""
    return case.answered(
        "import functools, sys\n\n\ndef NAME(*args, **kwargs):\n    sys.setrecursionlimit(10**9)\n"
        "    return functools.reduce(lambda a, b: NAME(), [1, 2])"
    )


@hostile(human=True, rungs=("died",))
def exit_in_the_answer(case: Case) -> object:
    """The answer ends the process by os._exit(0), as if all were well."""
    return case.answered("import os\n\n\ndef NAME(*args, **kwargs):\n    os._exit(0)")


@hostile(human=True, rungs=("died",))
def exit_at_top_level(case: Case) -> object:
    """The answer's cell ends the process."""
    return case.answered(f"import os\n\nos._exit(0)\n\n{case.solution}")


@hostile(rungs=("error",))
def sys_exit_in_the_answer(case: Case) -> object:
    """The answer raises SystemExit."""
    return case.answered("import sys\n\n\ndef NAME(*args, **kwargs):\n    sys.exit(0)")


@hostile(share=1.0)
def exit_functions_in_an_added_cell(case: Case) -> object:
    """exit(), quit() and sys.exit() in cells of the student's own; all exercises are solved."""
    return case.added("import sys\n\ntry:\n    exit()\n    quit()\nfinally:\n    sys.exit(3)")


@hostile(rungs=("error",))
def kills_its_kernel(case: Case) -> object:
    """Sends itself every signal, and asks the kernel to shut down."""
    return case.answered(
        "import os, signal\n\n\ndef NAME(*args, **kwargs):\n    for number in (9, 15, 19, 3):\n        try:\n"
        "            os.kill(os.getpid(), number)\n            os.killpg(0, number)\n            os.kill(-1, number)\n"
        "        except OSError:\n            pass\n    get_ipython().kernel.do_shutdown(False)"
    )


@hostile(human=True, rungs=("died",))
def aborts(case: Case) -> object:
    """The answer writes to address 0."""
    return case.answered("import ctypes\n\n\ndef NAME(*args, **kwargs):\n    ctypes.memset(0, 1, 1)")


@hostile(rungs=("error",))
def raises_base_exceptions(case: Case) -> object:
    """Raises KeyboardInterrupt, SystemExit, GeneratorExit and an exception of its own in turn."""
    return case.answered(
        "class Odd(BaseException):\n    pass\n\n\nturn = 0\n\n\ndef NAME(*args, **kwargs):\n    global turn\n"
        "    turn += 1\n    raise [KeyboardInterrupt, Odd, SystemExit, GeneratorExit][turn % 4]"
    )


@hostile(rungs=("error",))
def raises_at_top_level(case: Case) -> object:
    """The answer's cell stops with KeyboardInterrupt before the answer is defined."""
    return case.answered(f"raise KeyboardInterrupt\n\n{case.solution}")


@hostile(rungs=("error", "died"))
def exception_that_lies(case: Case) -> object:
    """Raises an exception whose text, name and class cannot be asked for without another exception."""
    return case.answered(
        "class Meta(type):\n    @property\n    def __name__(cls):\n        raise SystemExit\n\n\n"
        "class Odd(Exception, metaclass=Meta):\n    def __str__(self):\n        raise KeyboardInterrupt\n"
        "    __repr__ = __str__\n\n\ndef NAME(*args, **kwargs):\n    raise Odd"
    )


@hostile(human=True, rungs=("time",), slow=True)
def exception_that_loops(case: Case) -> object:
    """Raises an exception whose text is never finished."""
    return case.answered(
        "class Odd(Exception):\n    def __str__(self):\n        while True:\n            pass\n\n\n"
        "def NAME(*args, **kwargs):\n    raise Odd"
    )


@hostile(human=True, others=None, rungs=("not_run",), slow=True)
def thirty_cells_that_end_the_process(case: Case) -> object:
    """Before the attacked exercise, which is solved, come thirty cells that end the process: nobody waits for all."""
    notebook = case.added("import os\n\nos._exit(1)")
    place = next(index for index, cell in enumerate(notebook.cells) if cell.id == "hostile-cell")
    for number in range(29):
        notebook.cells.insert(place, type(notebook.cells[place])(notebook.cells[place], id=f"hostile-{number}"))
    return notebook
