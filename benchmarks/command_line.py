"""How long the command line takes, beside importing SymPy, in interleaved runs."""

import compileall
import subprocess
import sys
from pathlib import Path
from statistics import median
from time import perf_counter

ROOT = Path(__file__).resolve().parent.parent
ROUNDS = 9
COMMANDS = {
    "import sympy": ["-c", "import sympy"],
    "matcalc diff --no-check": ["-m", "matcalc", "diff", "x.T@A@x", "--no-check"],
    "matcalc diff --check exact": ["-m", "matcalc", "diff", "x.T@A@x", "--check", "exact"],
    "matcalc diff": ["-m", "matcalc", "diff", "x.T@A@x"],
    "import torch": ["-c", "import torch"],
    "matcalc --help": ["-m", "matcalc", "--help"],
    "an empty program": ["-c", "pass"],
}


def seconds(arguments):
    """Return how long a Python process takes from start to end."""
    start = perf_counter()
    subprocess.run([sys.executable, *arguments], cwd=ROOT, check=True, capture_output=True)
    return perf_counter() - start


def medians():
    """Return the median time of every command, each run once a round, so that all meet the same load.

    The modules are compiled first, as pip does when it installs them.
    """
    compileall.compile_dir(ROOT / "matcalc", quiet=1)
    for arguments in COMMANDS.values():
        seconds(arguments)
    times = {name: [] for name in COMMANDS}
    for _ in range(ROUNDS):
        for name, arguments in COMMANDS.items():
            times[name].append(seconds(arguments))
    return {name: median(values) for name, values in times.items()}


def measure():
    """Yield (what, figure, goal) rows."""
    found = medians()
    ratio = found["matcalc diff --no-check"] / found["import sympy"]
    yield "matcalc diff --no-check / python -c 'import sympy'", f"{ratio:.2f}", "at most 1.3"
    exact = found["matcalc diff --check exact"] / found["import sympy"]
    yield "matcalc diff --check exact / python -c 'import sympy'", f"{exact:.2f}", "under 2.5"
    together = found["import sympy"] + found["import torch"] - found["an empty program"]
    yield "matcalc diff / importing sympy and torch", f"{found['matcalc diff'] / together:.2f}", ""
    yield "matcalc --help", f"{found['matcalc --help']:.2f} s", "under 0.2 s"
    yield "matcalc --help / an empty program", f"{found['matcalc --help'] / found['an empty program']:.1f}", ""
