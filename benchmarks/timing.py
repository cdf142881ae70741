"""Times of several programs for one thing, compared fairly: one thread, interleaved rounds, medians.

A group is a list of ways to the same result; the fastest of them stands for the group.
"""

import gc
import os
from dataclasses import dataclass, field
from math import ceil
from random import Random
from statistics import median
from time import perf_counter, process_time

from .contenders import HAND, disagreement, ways
from .reporting import first_line

# XLA's flags alone leave JAX two threads of its pool; NPROC is what sizes the pool
ONE_THREAD = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "NPROC": "1",
    "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1",
    "JAX_PLATFORMS": "cpu",
}
TOLERANCE = 1e-8


@dataclass(frozen=True)
class Effort:
    """How much time a comparison may take.

    ``rounds`` of at least ``round_seconds`` for each contender; one whose single run takes more than ``slow`` seconds
    takes part in every third round only. A way whose first run takes ``hopeless`` seconds more than twice what
    another way of its group takes has no second one.
    """

    rounds: int = 9
    round_seconds: float = 0.01
    slow: float = 0.5
    hopeless: float = 2.0


QUICK = Effort(rounds=3, round_seconds=0.002)


@dataclass
class Comparison:
    """What was found: for each group its ``seconds`` and the ``way`` that was fastest; who was ``wrong`` or ``failed``.

    ``threads`` is the ratio of processor time to elapsed time of each group: 1 is one thread.
    """

    seconds: dict = field(default_factory=dict)
    way: dict = field(default_factory=dict)
    wrong: dict = field(default_factory=dict)
    failed: dict = field(default_factory=dict)
    threads: dict = field(default_factory=dict)


def use_one_thread():
    """Set what is set within a process; :data:`ONE_THREAD` must be in its environment from its beginning."""
    import torch

    missing = [name for name, value in ONE_THREAD.items() if os.environ.get(name) != value]
    if missing:
        raise RuntimeError(f"not in the environment: {', '.join(missing)}")
    torch.set_num_threads(1)


def seconds(run, times=1):
    """Return the seconds of one run, as the mean of several in a row."""
    start = perf_counter()
    for _ in range(times):
        run()
    return (perf_counter() - start) / times


def first_times(run):
    """Return the time of a run for a first idea, the least of up to three."""
    found = seconds(run)
    return found if found > 0.2 else min(found, seconds(run), seconds(run))


def compare(problem, size, groups, effort):
    """Return the :class:`Comparison` of the groups on a problem at a size.

    Every way is run once, which compiles it, and its result is held against the hand-written one: a wrong way is
    reported and not timed.
    """
    arrays = problem.arrays(size)
    expected = problem.by_hand[0](**arrays)
    found, chosen = Comparison(), {}
    for group in groups:
        fastest = _fastest(_right_ways(problem, group, arrays, expected, found), effort.hopeless)
        if fastest is not None:
            found.way[group], chosen[group] = fastest
    found.seconds, found.threads = interleaved(chosen, effort)
    return found


def _right_ways(problem, group, arrays, expected, found):
    """Yield (label, run, seconds of its first run) of the ways of a group whose results are right.

    The others are entered into ``found``.
    """
    candidates = ways(problem, group, arrays)
    while True:
        label = group
        # a contender that cannot run, for whatever reason, is a line of the report and not the end of it
        try:
            label, run = next(candidates)
            start = perf_counter()
            result = run()
            taken = perf_counter() - start
            error = disagreement(expected, result)
            del result
        except StopIteration:
            return
        except Exception as reason:
            if group == HAND:
                raise
            found.failed[f"{group}: {label}"] = first_line(reason)
            if label == group:
                return
            continue
        if error > TOLERANCE:
            found.wrong[f"{group}: {label}"] = error
        else:
            yield label, run, taken


def _fastest(candidates, hopeless):
    """Return the (label, run) with the least time, or None."""
    best, fastest = float("inf"), None
    for label, run, first in candidates:
        # the first run may have compiled the code
        if first > 2 * best + hopeless:
            continue
        taken = first_times(run)
        if taken < best:
            best, fastest = taken, (label, run)
    return fastest


def interleaved(runs, effort):
    """Return ({name: median seconds of a run}, {name: ratio of processor time to elapsed time}).

    In each round every contender runs for a few milliseconds, one after the other, so that all meet the same load.
    Before it is timed it runs for as long untimed: it finds its own data in the cache, and memory that the one before
    it still gives back from another thread is not at its expense. Who comes before whom changes from round to round.
    """
    single = {name: first_times(run) for name, run in runs.items()}
    repeats = {name: max(1, ceil(effort.round_seconds / max(taken, 1e-7))) for name, taken in single.items()}
    times = {name: [] for name in runs}
    processor = dict.fromkeys(runs, 0.0)
    names, order = list(runs), Random(0)
    collecting = gc.isenabled()
    gc.collect()
    gc.disable()
    try:
        for number in range(effort.rounds):
            for name in order.sample(names, len(names)):
                if single[name] > effort.slow and number % 3:
                    continue
                if single[name] <= effort.slow:
                    seconds(runs[name], repeats[name])
                processor[name] -= process_time()
                times[name].append(seconds(runs[name], repeats[name]))
                processor[name] += process_time()
    finally:
        if collecting:
            gc.enable()
    threads = {name: processor[name] / (sum(times[name]) * repeats[name]) for name in names}
    return {name: median(values) for name, values in times.items()}, threads
