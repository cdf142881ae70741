"""Prints every measurement as a table row: what, the figure, what it should be."""

import argparse

from . import command_line, derivation, traps

PARTS = {"derivation": derivation.measure, "command-line": command_line.measure, "traps": traps.measure}


def main():
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("part", nargs="*", choices=[*PARTS, []], help="all of them without this")
    chosen = parser.parse_args().part or list(PARTS)
    print(f"{'measured':62} {'found':>14}   goal")
    for part in chosen:
        for what, found, goal in PARTS[part]():
            print(f"{what:62} {found:>14}   {goal}", flush=True)


if __name__ == "__main__":
    main()
