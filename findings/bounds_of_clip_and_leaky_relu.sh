#!/usr/bin/env bash
# What torch 2.13.0 and JAX 0.10.2 take for the derivative where a function has a kink: clip at its bound has all of it in
# torch and half in JAX; leaky_relu with slope 0.1 has 0.1 at 0 in torch and 1 in JAX, though relu has 0 in both.
# Seen: clip 1.0 and 0.5, leaky_relu 0.1 and 1.0, relu 0.0 and 0.0.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet torch==2.13.0 numpy==2.4.6 jax==0.10.2
"$folder/venv/bin/python" - <<'PYTHON'
import jax
import torch

jax.config.update("jax_enable_x64", True)
print("torch", torch.__version__, "jax", jax.__version__)


def by_torch(function, place):
    return torch.func.grad(function)(torch.tensor(place, dtype=torch.float64)).item()


found = {
    "clip at its bound": (by_torch(lambda x: torch.clamp(x, 0, 1), 1.0), float(jax.grad(lambda x: jax.numpy.clip(x, 0, 1))(1.0))),
    "leaky_relu at 0": (
        by_torch(lambda x: torch.nn.functional.leaky_relu(x, 0.1), 0.0),
        float(jax.grad(lambda x: jax.nn.leaky_relu(x, 0.1))(0.0)),
    ),
    "relu at 0": (by_torch(torch.relu, 0.0), float(jax.grad(jax.nn.relu)(0.0))),
}
print(found)
assert found == {"clip at its bound": (1.0, 0.5), "leaky_relu at 0": (0.1, 1.0), "relu at 0": (0.0, 0.0)}, "changed"
PYTHON
