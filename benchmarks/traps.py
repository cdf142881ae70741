"""How long and how much memory it takes to refuse input that is meant to do harm."""

import json
import resource
import subprocess
import sys
from pathlib import Path
from time import perf_counter

import matcalc

from .derivation import CORPUS


def traps():
    """Return the entries of the corpus that must be refused."""
    entries = []
    for path in sorted(CORPUS.glob("*.jsonl")):
        entries += [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return [entry for entry in entries if entry.get("error")]


def refuse(entry):
    """Return (seconds, refused) for one trap."""
    start = perf_counter()
    try:
        str(matcalc.diff(entry["expr"], entry.get("wrt"), entry.get("layout", "denom"), entry.get("order", 1),
                         entry.get("shapes"), entry.get("assume")))
        refused = False
    except matcalc.MatcalcError:
        refused = True
    return perf_counter() - start, refused


def child():
    """Refuse all traps; print the slowest time, how many were let through, and the memory at its largest."""
    matcalc.diff("x.T@A@x")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    found = [(*refuse(entry), entry["id"]) for entry in traps()]
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    slowest = max(found)
    print(json.dumps({"traps": len(found), "slowest": slowest[0], "which": slowest[2], "before": before / 1024,
                      "after": after / 1024, "let through": [name for _, refused, name in found if not refused]}))


def measure():
    """Yield (what, figure, goal) rows."""
    command = [sys.executable, "-c", "from benchmarks.traps import child; child()"]
    root = Path(__file__).resolve().parent.parent
    done = subprocess.run(command, cwd=root, check=True, capture_output=True, text=True)
    found = json.loads(done.stdout)
    yield f"traps refused, of {found['traps']}", str(found["traps"] - len(found["let through"])), "all"
    for name in found["let through"]:
        yield f"  let through: {name}", "", ""
    yield f"slowest refusal ({found['which']})", f"{found['slowest']:.2f} s", "under 1 s"
    memory, goal = f"{found['after']:.0f} MB", f"at most 1000 MB; {found['before']:.0f} MB before"
    yield "memory of a process that refused them all", memory, goal
