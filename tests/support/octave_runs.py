"""Generated code for Octave, run there: one process for many functions, what they return as NumPy arrays."""

from __future__ import annotations

import subprocess
from pathlib import Path

import numpy

_HEAD = """\
more off
warning('off', 'all')
out = fopen('results.txt', 'w');
"""


def literal(array):
    """Return an array as the text of a matrix."""
    rows = numpy.atleast_2d(numpy.asarray(array, dtype=float))
    return "[" + "; ".join(", ".join(f"{entry:.17g}" for entry in row) for row in rows) + "]"


def run(folder: Path, calls: list[tuple[str, str, dict, int]]) -> dict[str, list | str]:
    """Return by name what functions return: arrays, or the text of the error.

    ``calls`` are (name, source, arguments in their order, number of results); a function lies in a file of its name.
    """
    lines = [_HEAD]
    for name, source, arguments, count in calls:
        (folder / f"{name}.m").write_text(source, encoding="utf-8")
        results = ", ".join(f"r{k}" for k in range(count))
        given = ", ".join(literal(value) for value in arguments.values())
        lines.append(f"try\n  [{results}] = {name}({given});\n  fprintf(out, '{name} ok\\n');")
        for k in range(count):
            lines.append(f"  fprintf(out, '%d %d', size(r{k})); fprintf(out, ' %.17g', r{k}); fprintf(out, '\\n');")
        lines.append(f"catch e\n  fprintf(out, '{name} failed %s\\n', strrep(e.message, \"\\n\", ' '));\nend")
    (folder / "calls.m").write_text("\n".join(lines) + "\nfclose(out);\n", encoding="utf-8")
    command = ["octave-cli", "--no-init-file", "--quiet", "calls.m"]
    subprocess.run(command, cwd=folder, check=True, timeout=900, capture_output=True)
    return _read((folder / "results.txt").read_text(encoding="utf-8").splitlines(), {c[0]: c[3] for c in calls})


def _read(lines, counts):
    found, lines = {}, iter(lines)
    for line in lines:
        name, state, *rest = line.split(" ")
        found[name] = " ".join(rest) if state == "failed" else [_array(next(lines)) for _ in range(counts[name])]
    return found


def _array(line):
    rows, cols, *entries = line.split()
    return numpy.array([float(entry) for entry in entries]).reshape((int(cols), int(rows))).T
