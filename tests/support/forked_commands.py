"""Commands in a terminal without an import of SymPy and torch for each: one process has them, and forks.

Run as a program it is that process: over a socket it is given a terminal, arguments and an environment at a time, and
says the exit code. ``Server`` starts and asks it. What Python itself takes from its environment when it starts is not
taken again, so a command with other encodings needs a process of its own.
"""

from __future__ import annotations

import json
import os
import runpy
import socket
import subprocess
import sys
from io import TextIOWrapper


class Server:
    """A process that runs commands in terminals, started when first asked."""

    def __init__(self, environment: dict[str, str]) -> None:
        self.ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.ours.settimeout(600)
        program = [sys.executable, __file__, str(theirs.fileno())]
        self.process = subprocess.Popen(program, pass_fds=[theirs.fileno()], env=environment)
        theirs.close()

    def start(self, arguments: list[str], environment: dict[str, str], terminal: int) -> None:
        """Start a command in the terminal of a file descriptor."""
        asked = json.dumps({"arguments": arguments, "environment": environment}).encode()
        socket.send_fds(self.ours, [asked], [terminal])

    def exit_code(self) -> int:
        """Wait for the command's end and return its exit code."""
        return int(self.ours.recv(64))

    def end(self) -> None:
        """End the process: it leaves when the socket is closed."""
        self.ours.close()
        self.process.wait(600)


def _run(arguments: list[str], environment: dict[str, str], terminal: int) -> int:
    """Run a command in this process, which is a fork for it alone, as if it had been started in the terminal."""
    os.environ.clear()
    os.environ.update(environment)
    for stream in range(3):
        os.dup2(terminal, stream)
    os.close(terminal)
    sys.stdin = TextIOWrapper(open(0, "rb", closefd=False), encoding="utf-8")  # noqa: SIM115
    sys.stdout = TextIOWrapper(open(1, "wb", closefd=False), encoding="utf-8", line_buffering=True)  # noqa: SIM115
    sys.stderr = TextIOWrapper(
        open(2, "wb", closefd=False), encoding="utf-8", errors="backslashreplace", line_buffering=True  # noqa: SIM115
    )  # fmt: skip
    sys.argv = ["matcalc", *arguments]
    try:
        runpy.run_module("matcalc", run_name="__main__", alter_sys=False)
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
    return 0


def _serve(connection: socket.socket) -> None:
    import torch  # noqa: F401

    import matcalc
    import matcalc.command.main  # noqa: F401

    str(matcalc.diff("x.T@x"))
    while True:
        asked, terminals, _, _ = socket.recv_fds(connection, 65_536, 1)
        if not asked:
            return
        running = os.fork()
        if not running:
            connection.close()
            os._exit(_run(**json.loads(asked), terminal=terminals[0]))
        os.close(terminals[0])
        connection.send(str(os.waitstatus_to_exitcode(os.waitpid(running, 0)[1])).encode())


if __name__ == "__main__":
    _serve(socket.socket(fileno=int(sys.argv[1])))
