"""Writes docs/library-functions.md, the functions of array libraries that are read, from the reader's table.

Run it in the checkout after a change of the table: python -m docs.generate_functions
"""

from pathlib import Path

from matcalc.readers.python.functions import Entry, sections
from matcalc.readers.python.table import LAYERS, REFUSED

TARGET = Path(__file__).resolve().parent / "library-functions.md"
HEADING = """\
# The functions of array libraries

What is read of NumPy, PyTorch, JAX, TensorFlow and SciPy, generated from the table in
`matcalc/readers/python/table.py`: change that, then run `python -m docs.generate_functions`.
[Code in Python](other-syntaxes.md#code-in-python) says how it is read.

`np.` also stands for `jnp.`, `scipy.` for `jax.scipy.`, `.sum` for the method of an array. `dim` is `axis`, `keepdim`
is `keepdims`; `dtype`, `device` and the like are left out. The meaning is written with NumPy's operators.
"""
_SHORT = {"numpy.": "np.", "torch:.": "torch's ."}


def shown(name: str) -> str:
    """Return a name as code has it."""
    for start, short in _SHORT.items():
        if name.startswith(start):
            return short + name[len(start) :]
    return name


def row(entry: Entry) -> str:
    """Return the line of an entry: its names, and what it means."""
    names = ", ".join(f"`{shown(name)}`" for name in entry.names)
    parameters = [name for name, _ in entry.params] + ([f"*{entry.rest}"] if entry.rest else [])
    return f"| {names} | `{', '.join(parameters)}` | `{entry.text}` |"


def page() -> str:
    """Return the text of the page."""
    lines = [HEADING]
    for heading, found in sections():
        lines += [f"## {heading[0].upper()}{heading[1:]}\n"]
        lines += ["| functions | arguments | meaning |", "| --- | --- | --- |"]
        lines += [*map(row, found), ""]
    layers = ", ".join(f"`nn.{layer}()`" for layer in LAYERS)
    lines += [f"What is made first and called then: {layers}.\n", "## What is refused\n"]
    lines += ["| function | why | instead |", "| --- | --- | --- |"]
    lines += [f"| `{name}` | {why} | {hint} |" for name, (why, hint) in REFUSED.items()]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    TARGET.write_text(page(), encoding="utf-8")
