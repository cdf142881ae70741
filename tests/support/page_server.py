"""A server of the page in this process, and what makes its workers hang."""

import os
import signal
import threading
import time

from matcalc.serve.server import PageServer

TOKEN = "tokentokentoken"


def serving(pool, host="127.0.0.1", names=()):
    """Return a server that runs in a thread."""
    server = PageServer(host, 0, TOKEN, pool, names)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    return server


def stop(server):
    """End a server and its workers."""
    server.shutdown()
    server.server_close()
    server.pool.close()


def until(holds):
    """Wait until something holds, for at most a minute."""
    end = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < end, "it does not come about"
        time.sleep(0.02)


def suspended(server):
    """Stop the workers, as a computation does that never ends; return their process ids."""
    found = server.pool.alive
    for pid in found:
        os.kill(pid, signal.SIGSTOP)
    return found
