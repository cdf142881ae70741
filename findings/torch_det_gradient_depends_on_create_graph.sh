#!/usr/bin/env bash
# PyTorch 2.13.0: the gradient of det at a singular matrix depends on how it is asked for. backward() and forward mode
# give zeros; with create_graph=True, and so in torch.func.grad, the transposed adjugate comes, which is right.
# Seen: backward [[0, 0], [0, 0]], forward mode [[0, 0], [0, 0]], create_graph [[4, -2], [-2, 1]] at [[1, 2], [2, 4]].
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet torch==2.13.0 numpy==2.4.6
"$folder/venv/bin/python" - <<'PYTHON'
import torch

print("torch", torch.__version__)
singular = torch.tensor([[1.0, 2.0], [2.0, 4.0]], dtype=torch.float64)
adjugate = torch.tensor([[4.0, -2.0], [-2.0, 1.0]], dtype=torch.float64)


def gradient(create_graph):
    point = singular.clone().requires_grad_()
    (found,) = torch.autograd.grad(torch.linalg.det(point), point, create_graph=create_graph)
    return found.detach()


plain, graph, forward = gradient(False), gradient(True), torch.func.jacfwd(torch.linalg.det)(singular)
print("plain", plain.tolist(), "create_graph", graph.tolist(), "forward mode", forward.tolist())
assert plain.abs().max() < 1e-12 and forward.abs().max() < 1e-12, "the zeros are gone"
assert torch.allclose(graph, adjugate), "create_graph has changed"
PYTHON
