"""All claims that can be made from the corpus, judged: ``python tests/support/all_claims.py [seed]``.

Prints, for each kind of wrong claim, how many got the diagnosis that matches how they were made and which did not,
and how many of at least 2,000 right claims were called wrong. It takes some minutes.
"""

from __future__ import annotations

import random
import sys
from dataclasses import dataclass, field
from pathlib import Path

if __name__ == "__main__":
    sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).resolve().parents[2])]

from corpus_entries import QUESTIONS
from right_claims import rearranged
from wrong_claims import KINDS, MORE_KINDS, options, wrong_claims

import matcalc
from matcalc.api import book_of

ENTRIES = [entry for entry in QUESTIONS if entry.get("expected")]
MOST_STEPS = 6


@dataclass
class Rate:
    """How many claims of a kind there were, how many got its diagnosis, and the others."""

    count: int = 0
    right: int = 0
    missed: list = field(default_factory=list)


def rate(kind, most, rng, each=1):
    """Return the :class:`Rate` of ``most`` claims of a kind, up to ``each`` for an entry."""
    wanted, found = {**KINDS, **MORE_KINDS}[kind], Rate()
    for entry in rng.sample(ENTRIES, len(ENTRIES)):
        for text, layout in wrong_claims(entry, kind, rng, each):
            if found.count == most:
                return found
            report = matcalc.check(entry["expr"], text, layout=layout, **options(entry))
            found.count += 1
            if report.diagnosis == wanted:
                found.right += 1
            else:
                found.missed.append((entry["id"], kind, text, report.diagnosis, report.message))
    return found


def judged_right(count, rng):
    """Judge ``count`` right claims, textbook forms rearranged; return those that were called wrong."""
    wrong, made = [], 0
    while made < count:
        for entry in rng.sample(ENTRIES, len(ENTRIES)):
            if made == count:
                break
            shapes = {name: tuple(map(str, (*shape, 1, 1)[:2])) for name, shape in entry["shapes"].items()}
            text, steps = rearranged(entry["expected"], shapes, book_of(), rng, rng.randint(0, MOST_STEPS))
            report = matcalc.check(entry["expr"], text, layout=entry["layout"], **options(entry))
            made += 1
            if not report.ok:
                wrong.append((entry["id"], text, steps, report.diagnosis, report.headline, report.message))
    return wrong


def main(seed):
    """Print the rates of all kinds and the right claims that were called wrong."""
    print(f"seed {seed}")
    matched = made = 0
    for kind in (*KINDS, *MORE_KINDS):
        found = rate(kind, len(ENTRIES), random.Random(seed))
        print(f"{kind}: {found.right} of {found.count} ({100 * found.right / found.count:.1f} %)", flush=True)
        for missed in found.missed:
            print("   ", *missed, sep=" | ")
        if kind in KINDS:
            matched, made = matched + found.right, made + found.count
    print(f"the seven kinds: {matched} of {made} ({100 * matched / made:.1f} %)")
    wrong = judged_right(2000, random.Random(seed))
    print(f"right claims called wrong: {len(wrong)} of 2000")
    for claim in wrong:
        print("   ", *claim, sep=" | ")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1)
