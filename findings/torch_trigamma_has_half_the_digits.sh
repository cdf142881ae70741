#!/usr/bin/env bash
# PyTorch 2.13.0: torch.special.polygamma(1, x) in float64 has about nine correct digits; polygamma(2, x) and the Hurwitz
# zeta function, of which it is the value at 2, have all of them. Seen at x = 1: relative errors of 5e-10 and 0.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet torch==2.13.0 numpy==2.4.6 mpmath==1.3.0
"$folder/venv/bin/python" - <<'PYTHON'
import mpmath
import torch

print("torch", torch.__version__)
worst = {"polygamma(1, x)": 0.0, "zeta(2, x)": 0.0, "polygamma(2, x)": 0.0}
for place in (0.5, 1.0, 2.5, 5.0):
    x = torch.tensor(place, dtype=torch.float64)
    first, second = (float(mpmath.polygamma(order, place)) for order in (1, 2))
    for name, value, right in (
        ("polygamma(1, x)", torch.special.polygamma(1, x), first),
        ("zeta(2, x)", torch.special.zeta(torch.tensor(2.0, dtype=torch.float64), x), first),
        ("polygamma(2, x)", torch.special.polygamma(2, x), second),
    ):
        worst[name] = max(worst[name], abs(value.item() - right) / abs(right))
print(worst)
assert worst["polygamma(1, x)"] > 1e-11, "it has become precise"
assert worst["zeta(2, x)"] < 1e-14 and worst["polygamma(2, x)"] < 1e-14
PYTHON
