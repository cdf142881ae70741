#!/usr/bin/env bash
# SymPy 1.14.0: the derivative of Trace(X**n) by X, n a symbol, has the entrywise power: n*X[i, i]**(n - 1) on the
# diagonal. With n = 3 written out it is 3*(X.T)**2, which is right, and is not what the first answer gives at n = 3.
# Seen: ArrayDiagonal(n*HadamardPower(X, n - 1), (0, 1)) and 3*X.T**2.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet sympy==1.14.0
"$folder/venv/bin/python" - <<'PYTHON'
import sympy
from sympy import HadamardPower, MatrixSymbol, Symbol, Trace

print("sympy", sympy.__version__)
n, k = Symbol("n", integer=True, positive=True), Symbol("k", integer=True, positive=True)
X = MatrixSymbol("X", k, k)
symbolic, written = Trace(X**n).diff(X), Trace(X**3).diff(X)
print(symbolic, "and", written)
assert symbolic.has(HadamardPower), "the entrywise power is gone"
assert written == 3 * X.T**2
PYTHON
