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
    rows = numpy.atleast_2d(numpy.asarray(array))
    return "[" + "; ".join(", ".join(map(_number, row)) for row in rows) + "]"


def _number(entry):
    return f"complex({entry.real:.17g}, {entry.imag:.17g})" if numpy.iscomplexobj(entry) else f"{float(entry):.17g}"


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
            for part in (f"real(r{k})", f"imag(r{k})"):
                written = f"fprintf(out, ' %.17g', {part}); fprintf(out, '\\n');"
                lines.append(f"  fprintf(out, '%d %d', size(r{k})); {written}")
        lines.append(f"catch e\n  fprintf(out, '{name} failed %s\\n', strrep(e.message, \"\\n\", ' '));\nend")
    (folder / "calls.m").write_text("\n".join(lines) + "\nfclose(out);\n", encoding="utf-8")
    command = ["octave-cli", "--no-init-file", "--quiet", "calls.m"]
    subprocess.run(command, cwd=folder, check=True, timeout=900, capture_output=True)
    return _read((folder / "results.txt").read_text(encoding="utf-8").splitlines(), {c[0]: c[3] for c in calls})


def _read(lines, counts):
    found, lines = {}, iter(lines)
    for line in lines:
        name, state, *rest = line.split(" ")
        results = [] if state == "failed" else [_array(next(lines), next(lines)) for _ in range(counts[name])]
        found[name] = " ".join(rest) if state == "failed" else results
    return found


def _array(*lines):
    """Return the array of a line of real parts and one of imaginary parts; a real array where these are 0."""
    rows, cols = map(int, lines[0].split()[:2])
    parts = [numpy.array([float(entry) for entry in line.split()[2:]]).reshape((cols, rows)).T for line in lines]
    return parts[0] + 1j * parts[1] if parts[1].any() else parts[0]
