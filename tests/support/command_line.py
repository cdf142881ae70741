"""Running the command line from tests: in this process, in one of its own, in a terminal."""

import atexit
import os
import pty
import re
import subprocess
import sys
from functools import cache, partial
from pathlib import Path

from click.testing import CliRunner
from forked_commands import Server

from matcalc.command.main import main

ROOT = Path(__file__).resolve().parents[2]
COMMAND = [sys.executable, "-m", "matcalc"]
EXACT = re.compile(r"checked: exactly equal at (\d+) random points?(, sizes? .*)? \(a wrong answer .* < 1e-15\)")
_ERASED = re.compile(r"[^\n]*\r\x1b\[K")  # what stood on a line when the cursor went back and cleared it
AGREES = re.compile(r"checked: torch autograd agrees at (\d+) random points? \(largest relative error [\d.e-]+\)")


def matcalc_here(*args, stdin=None):
    """Run a command in this process, with pipes for its streams."""
    return CliRunner().invoke(main, args, input=stdin)


def diff(*args, stdin=None):
    return matcalc_here("diff", "--no-check", *args, stdin=stdin)


def environment(**changes):
    kept = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "PYTHONIOENCODING")}
    return {**kept, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1", "TERM": "xterm", "COLUMNS": "120", **changes}


def process(*args, stdin=b"", program=None, **changes):
    """Run a command in a process of its own, with pipes for its streams."""
    command = [sys.executable, "-c", program, *args] if program else [*COMMAND, *args]
    return subprocess.run(command, input=stdin, capture_output=True, env=environment(**changes), timeout=60)


# what a command looks up itself; of all else in the environment some is Python's, when it starts
LOOKED_UP = {"COLUMNS", "NO_COLOR", "TERM"}


@cache
def server():
    """Return the process that runs commands in terminals; it ends with this one."""
    found = Server(environment(OMP_NUM_THREADS="1"))
    atexit.register(found.end)
    return found


def terminal(*args, **changes):
    """Run a command in a terminal; return (exit code, all that stays on it: no line of progress that was erased)."""
    ours, theirs = pty.openpty()
    if changes.keys() <= LOOKED_UP:
        server().start(args, environment(**changes), theirs)
        exit_code = server().exit_code
    else:
        running = subprocess.Popen([*COMMAND, *args], stdin=theirs, stdout=theirs, stderr=theirs,
                                   env=environment(**changes))  # fmt: skip
        exit_code = partial(running.wait, 60)
    os.close(theirs)
    shown = b""
    while True:
        try:
            part = os.read(ours, 4096)
        except OSError:  # how Linux says that the terminal was closed
            part = b""
        if not part:
            break
        shown += part
    os.close(ours)
    return exit_code(), _ERASED.sub("", shown.decode().replace("\r\n", "\n"))
