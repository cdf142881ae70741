"""How long the exact check of an answer takes beside the check by torch, both warm: on the corpus, on random questions.

Each question is checked by one and then by the other, in turn, so that neither finds its own code in the caches.
"""

import gc
import random
import sys
from pathlib import Path
from statistics import median
from time import process_time

import matcalc
from matcalc.checks.derivative import check_derivative
from matcalc.checks.exact import check_exactly

from .derivation import corpus

SUPPORT = Path(__file__).resolve().parent.parent / "tests" / "support"
ROUNDS, RANDOM = 3, 400


def of_corpus():
    """Yield the answers to the questions of the corpus."""
    for entry in corpus("textbook") + corpus("realworld"):
        yield matcalc.diff(
            entry["expr"], entry["wrt"], entry["layout"], entry["order"], entry["shapes"], entry.get("assume"),
            "parametrized" if entry.get("structured") else "free",
        )


def at_random():
    """Yield the answers to random questions with random facts."""
    sys.path.insert(0, str(SUPPORT))
    from random_questions import Questions

    count, number = 0, 0
    while count < RANDOM:
        text, options = Questions(random.Random(f"checks {number}")).question()
        number += 1
        try:
            yield matcalc.diff(text, **options)
        except matcalc.MatcalcError:
            continue
        count += 1


def milliseconds(check, derivative, seed):
    start = process_time()
    check(derivative, seed=seed)
    return 1000 * (process_time() - start)


def compared(derivatives):
    """Return the median time of each check on each question, after one round that is not counted."""
    checks = (check_exactly, check_derivative)
    found = [([], []) for _ in derivatives]
    gc.collect()
    for turn in range(ROUNDS + 1):
        for derivative, times in zip(derivatives, found, strict=True):
            for check, own in zip(checks, times, strict=True):
                own.append(milliseconds(check, derivative, turn))
    return [[median(times[number][1:]) for times in found] for number in range(len(checks))]


def measure():
    """Yield (what, figure, goal): of 1/4 for the median, of 1/2 for the slowest tenth."""
    for name, derivatives in (("corpus", list(of_corpus())), ("random questions", list(at_random()))):
        exact, torch = map(sorted, compared(derivatives))
        tenth = -len(exact) // 10
        yield f"{name}: exact check, median of {len(exact)}", f"{median(exact):.2f} ms", ""
        yield f"{name}: beside torch's {median(torch):.2f} ms", f"{median(exact) / median(torch):.2f}", "at most 0.25"
        yield f"{name}: of the slowest tenth", f"{exact[tenth] / torch[tenth]:.2f}", "at most 0.5"
