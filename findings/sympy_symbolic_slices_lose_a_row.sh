#!/usr/bin/env bash
# What SymPy 1.14.0 takes for the size of a slice with a step of a matrix symbol: it rounds down, so that X[1::2, :] of a
# 6x4 symbol has 2 rows, where the same slice of an explicit matrix has 3 (rows 1, 3 and 5), as in Python and NumPy. The
# entries follow: as_explicit() has two rows, too, and the last row is lost without a word.
# Seen: symbol (2, 4), made explicit (2, 4), explicit (3, 4).
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet sympy==1.14.0 mpmath==1.3.0
"$folder/venv/bin/python" - <<'PYTHON'
import sympy

print("sympy", sympy.__version__)
X = sympy.MatrixSymbol("X", 6, 4)
piece = X[1::2, :]
explicit = X.as_explicit()[1::2, :]
found = {"symbol": piece.shape, "made explicit": piece.as_explicit().shape, "explicit": explicit.shape}
print(found)
last = explicit[2, 0]
print("the row that is lost begins with", last, "; it is among the entries of the symbolic slice:", piece.as_explicit().has(last))
assert found == {"symbol": (2, 4), "made explicit": (2, 4), "explicit": (3, 4)}, "changed"
assert not piece.as_explicit().has(last), "changed"
PYTHON
