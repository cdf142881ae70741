#!/usr/bin/env bash
# PyTorch 2.13.0: two derivatives above an inner forward-mode one are silently wrong for torch.linalg.slogdet:
# jacfwd(jacfwd(jacrev(f))) and jacrev(jacfwd(jacrev(f))) differ from jacrev(jacrev(jacrev(f))), which has the closed form's
# value. jacfwd(jacrev(jacrev(f))) is right. Seen in float64 at a 2x2 matrix: relative differences of 0.61.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet torch==2.13.0 numpy==2.4.6
"$folder/venv/bin/python" - <<'PYTHON'
import torch
from torch.func import jacfwd, jacrev

print("torch", torch.__version__)
X = torch.tensor([[2.0, 1.0], [-1.0, 3.0]], dtype=torch.float64)


def f(matrix):
    return torch.linalg.slogdet(matrix)[1]


# d3 log|det X| = 2 tr(Y A Y B Y C) symmetrised over the directions, Y = inv(X)
Y = torch.linalg.inv(X)
one = torch.einsum("jk,lm,ni->ijklmn", Y, Y, Y)
right = one + torch.einsum("jm,nk,li->ijklmn", Y, Y, Y)
found = {
    "reverse, reverse, reverse": jacrev(jacrev(jacrev(f)))(X),
    "forward, reverse, reverse": jacfwd(jacrev(jacrev(f)))(X),
    "forward, forward, reverse": jacfwd(jacfwd(jacrev(f)))(X),
    "reverse, forward, reverse": jacrev(jacfwd(jacrev(f)))(X),
}
errors = {name: ((value - right).norm() / right.norm()).item() for name, value in found.items()}
print(errors)
assert errors["reverse, reverse, reverse"] < 1e-12 and errors["forward, reverse, reverse"] < 1e-12
assert errors["forward, forward, reverse"] > 0.1 and errors["reverse, forward, reverse"] > 0.1, "torch has changed"
PYTHON
