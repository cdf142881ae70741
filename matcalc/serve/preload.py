"""Imported by the process that workers are forked from: everything that an answer needs is imported and made once.

torch is imported, and nothing is run with it: its threads would not survive the fork.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from importlib import import_module

# the environment variable with the process id of the server
PARENT = "MATCALC_SERVE_PID"
# PR_SET_PDEATHSIG of <sys/prctl.h>
_PARENT_DEATH = 1
_FIRST = {"expression": "norm(A@x - b)**2 + logdet(X)", "wrt": "x", "claim": "2*A.T@(A@x - b)"}
# what runs torch, and is imported here although it is not run
_USES_TORCH = ("matcalc.claims", "matcalc.checks.derivative", "matcalc.checks.steps", "matcalc.proofs.check")
_WITH_TORCH = ("check", "steps", "convexity", "claim")


def answer_first(with_torch: bool) -> None:
    """Answer a first question in the parts that run torch, or in the others."""
    from ..service.ask import PARTS, answers

    for _ in answers(_FIRST, [part for part in PARTS if (part in _WITH_TORCH) is with_torch]):
        pass


def prepare() -> None:
    """Import and make what every worker needs; this process ends with its parent, also while it is about that."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PARENT_DEATH, signal.SIGKILL)
        if os.getppid() != int(os.environ.get(PARENT, "0")):  # it has ended before that was said
            os._exit(1)
    from ..libraries import trouble

    if not trouble():  # torch is there, and imported
        for name in _USES_TORCH:
            import_module(name)
    answer_first(with_torch=False)


if any("multiprocessing.forkserver" in word for word in sys.orig_argv):
    prepare()
