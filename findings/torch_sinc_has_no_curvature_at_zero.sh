#!/usr/bin/env bash
# PyTorch 2.13.0: the second derivative of torch.sinc at 0 is 0 by torch.func.hessian (forward over reverse mode) and NaN
# by reverse over reverse; it is -pi**2/3, which comes at points beside 0, and as JAX 0.10.2 has it at 0.
# Seen: torch 0.0 and nan at 0, -3.2889 at 1e-2; jax -3.2899 at 0.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet torch==2.13.0 numpy==2.4.6 jax==0.10.2
"$folder/venv/bin/python" - <<'PYTHON'
import math

import jax
import torch

jax.config.update("jax_enable_x64", True)
print("torch", torch.__version__, "jax", jax.__version__)


def number(value):
    return torch.tensor(value, dtype=torch.float64)


twice = torch.func.grad(torch.func.grad(torch.sinc))
hessian = torch.func.hessian(torch.sinc)
other = float(jax.hessian(jax.numpy.sinc)(0.0))
print("at 0:", hessian(number(0.0)).item(), twice(number(0.0)).item(), "beside:", twice(number(1e-2)).item(), "jax:", other)
curvature = -(math.pi**2) / 3
assert hessian(number(0.0)).item() == 0 and math.isnan(twice(number(0.0)).item()), "torch has changed"
assert abs(twice(number(1e-2)).item() - curvature) < 1e-2
assert abs(other - curvature) < 1e-9, "jax has changed"
PYTHON
