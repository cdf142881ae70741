"""Prints every measurement as a table row: what, the figure, what it should be."""

import argparse
from functools import partial

from . import code, command_line, derivation, passes, symbolic, traps

PARTS = {
    "derivation": derivation.measure,
    "symbolic": symbolic.measure,
    "command-line": command_line.measure,
    "traps": traps.measure,
    "code": code.measure,
    "passes": passes.measure,
}
# the parts that can do less
QUICK = {"symbolic", "code", "passes"}
OF_PROBLEMS = {"code", "passes"}


def main():
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("part", nargs="*", choices=[*PARTS, []], help="all of them without this")
    parser.add_argument("--quick", action="store_true", help="symbolic, code and passes at small sizes only")
    parser.add_argument("--only", default="", metavar="TEXT", help="code and passes: the problems with TEXT in their name")
    given = parser.parse_args()
    chosen = given.part or list(PARTS)
    print(f"{'measured':62} {'found':>14}   goal")
    for part in chosen:
        measure = PARTS[part]
        if part in QUICK:
            measure = partial(measure, quick=given.quick)
        if part in OF_PROBLEMS:
            measure = partial(measure, only=given.only)
        for row in measure():
            # a table of more columns comes as lines of text
            print(row if isinstance(row, str) else "{:62} {:>14}   {}".format(*row), flush=True)


if __name__ == "__main__":
    main()
