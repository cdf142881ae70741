"""Prints every measurement as a table row: what, the figure, what it should be."""

import argparse
from importlib import import_module

PARTS = ("derivation", "symbolic", "command-line", "traps", "checks", "code", "passes")
# what a part's measure takes besides
OPTIONS = {"symbolic": ("quick",), "code": ("quick", "only"), "passes": ("quick", "only")}


def main():
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("part", nargs="*", choices=[*PARTS, []], help="all of them without this")
    parser.add_argument("--quick", action="store_true", help="symbolic, code and passes at small sizes only")
    parser.add_argument("--only", default="", metavar="TEXT", help="code and passes: problems with TEXT in their name")
    given = parser.parse_args()
    print(f"{'measured':62} {'found':>14}   goal")
    for part in given.part or PARTS:
        # imported when its turn comes: what one part needs would be in the memory that another one measures
        measure = import_module(f".{part.replace('-', '_')}", __package__).measure
        for row in measure(**{name: getattr(given, name) for name in OPTIONS.get(part, ())}):
            # a table of more columns comes as lines of text
            print(row if isinstance(row, str) else "{:62} {:>14}   {}".format(*row), flush=True)


if __name__ == "__main__":
    main()
