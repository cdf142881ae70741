"""The process that measures one problem, with one thread: python -m benchmarks.measuring code|passes TITLE [--quick]

Prints a line of JSON for each size. Every problem has a process of its own, so that none finds the memory, the caches
or the compiled code of another.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

from .contenders import disagreement, generated, present_groups
from .problems import BY_TITLE
from .reporting import first_line, size_text
from .timing import ONE_THREAD, QUICK, TOLERANCE, Effort, compare, interleaved, use_one_thread

ROOT = Path(__file__).resolve().parent.parent
ALL = "all passes"


def measure_code(problem, quick):
    """Yield what was found at each size, as a dictionary."""
    for size in problem.sizes[:1] if quick else problem.sizes:
        found = compare(problem, size, present_groups(), QUICK if quick else Effort())
        yield {"title": problem.title, "size": size_text(size), **asdict(found)}


def measure_passes(problem, quick):
    """Yield, for one size of the middle, the seconds of NumPy's code with all passes and with each one left out."""
    from matcalc.compiler import PASSES

    limit_memory()
    size = problem.sizes[0] if quick else problem.sizes[len(problem.sizes) // 2]
    arrays = problem.arrays(size)
    expected, runs, failed = problem.by_hand[0](**arrays), {}, {}
    for left_out in (None, *PASSES):
        name = left_out or ALL
        try:
            run = generated(problem, "numpy", arrays, passes=set(PASSES) - {left_out})
            error = disagreement(expected, run())
        # memory may well run out where a Kronecker product is built
        except Exception as reason:
            failed[name] = first_line(reason)
            continue
        if error > TOLERANCE:
            failed[name] = f"wrong, by {error:.1e}"
        else:
            runs[name] = run
    found, _ = interleaved(runs, QUICK if quick else Effort())
    yield {"title": problem.title, "size": size_text(size), "seconds": found, "failed": failed}


def limit_memory():
    """Let memory run out at half of the machine's, with an error rather than the end of the process."""
    half = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2
    resource.setrlimit(resource.RLIMIT_AS, (half, resource.getrlimit(resource.RLIMIT_AS)[1]))


MEASURED = {"code": measure_code, "passes": measure_passes}


def in_children(what, problems, quick):
    """Yield the dictionaries that a child process prints for each problem; one with an error where it breaks off."""
    environment = {**os.environ, **ONE_THREAD}
    for problem in problems:
        command = [sys.executable, "-m", "benchmarks.measuring", what, problem.title, *(["--quick"] if quick else [])]
        child = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True)
        with child:
            for line in child.stdout:
                yield json.loads(line)
        if child.returncode:
            yield {"title": problem.title, "error": f"the process ended with {child.returncode}"}


def main():
    parser = argparse.ArgumentParser(prog="python -m benchmarks.measuring", description=__doc__.partition(":")[0])
    parser.add_argument("what", choices=list(MEASURED))
    parser.add_argument("title", choices=list(BY_TITLE))
    parser.add_argument("--quick", action="store_true")
    given = parser.parse_args()
    use_one_thread()
    for found in MEASURED[given.what](BY_TITLE[given.title], given.quick):
        print(json.dumps(found), flush=True)


if __name__ == "__main__":
    main()
