"""Running the command line from tests: in this process, in one of its own, in a terminal."""

import os
import pty
import re
import subprocess
import sys
from pathlib import Path

from click.testing import CliRunner

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


def terminal(*args, **changes):
    """Run a command in a terminal; return (exit code, all that stays on it: no line of progress that was erased)."""
    ours, theirs = pty.openpty()
    running = subprocess.Popen([*COMMAND, *args], stdin=theirs, stdout=theirs, stderr=theirs,
                               env=environment(**changes))
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
    return running.wait(60), _ERASED.sub("", shown.decode().replace("\r\n", "\n"))
