"""The true derivative at a point: torch autograd, in the layouts and conventions by their definitions.

Nothing here knows of the engine: the value comes from the surface tree of the user's own text.
"""

from __future__ import annotations

import torch

from ..rulebook.facts import convention
from .evaluate import node_values


def vec(array):
    """array: n, m -> n*m; the columns stacked."""
    return array.mT.reshape(-1)


def unvec(vector, shape):
    """vector: n*m -> n, m; the inverse of :func:`vec`."""
    return vector.reshape(shape[1], shape[0]).mT


def jacobian(value, variable, create_graph=False):
    """value: m, n; variable: p, q -> m*n, p*q; ∂vec(value)/∂vec(variable)ᵀ by autograd.

    Row by row, or where the variable is the smaller one column by column, by differentiating the gradient
    by its cotangent.
    """
    if not value.requires_grad:
        return torch.zeros(value.numel(), variable.numel(), dtype=torch.float64)
    if value.numel() <= variable.numel():
        rows = [_gradient(entry, variable, None, create_graph) for entry in vec(value)]
        return torch.stack([vec(row) for row in rows])
    cotangent = torch.zeros_like(value).requires_grad_()
    pulled = _gradient(value, variable, cotangent, True)
    columns = [_gradient(entry, cotangent, None, create_graph) for entry in vec(pulled)]
    return torch.stack([vec(column) for column in columns], 1)


def _gradient(value, variable, cotangent, create_graph):
    if not value.requires_grad:
        return torch.zeros_like(variable)
    (found,) = torch.autograd.grad(
        value,
        variable,
        cotangent,
        retain_graph=True,
        create_graph=create_graph,
        allow_unused=True,
        materialize_grads=True,
    )
    return found


def true_derivative(tree, point, variable, order, book):
    """Return (value, Jacobian, scale) of a surface tree at a point, by autograd.

    The Jacobian is ∂vec(value)/∂vec(X)ᵀ, or of order 2 ∂vec(∂value/∂X)/∂vec(X)ᵀ; ``scale`` is the size of
    the largest gradient that autograd met on its way, against which a zero is judged.
    """
    X = point.arrays[variable].clone().requires_grad_()
    values = node_values(tree, {**point.arrays, variable: X}, point.sizes, book)
    value = values[id(tree)]
    found = jacobian(value, X, create_graph=order == 2)
    if order == 2:
        found = jacobian(found.reshape(-1, 1), X)
    length = float(X.detach().norm()) or 1.0
    return value.detach(), found.detach(), _scale(value, values.values(), X) / length**order


def _scale(value, nodes, variable):
    """Return the largest of ‖v‖·‖∂f/∂v‖ over all nodes v, for a fixed combination f of the value's entries."""
    varying = [v for v in {id(v): v for v in nodes if v is not None}.values() if v.requires_grad]
    if not value.requires_grad:
        return 0.0
    signs = (-1.0) ** torch.arange(value.numel(), dtype=torch.float64).reshape(value.shape)
    gradients = torch.autograd.grad(value, [variable, *varying], signs, allow_unused=True, materialize_grads=True)
    sizes = [float(v.detach().norm() * g.norm()) for v, g in zip([variable, *varying], gradients)]
    return max((size for size in sizes if size < float("inf")), default=0.0)


# -- layouts and conventions, by their definitions ---------------------------------------------------------------


def arranged(found, value_shape, variable_shape, layout, order):
    """Return a Jacobian of vec by vec as the layout table of ``docs/language.md`` has it."""
    if tuple(variable_shape) == (1, 1):
        by_scalar = unvec(found, value_shape)
        return by_scalar.mT if layout == "denom" else by_scalar
    if tuple(value_shape) == (1, 1):
        if order == 2:
            return found
        gradient = unvec(found, variable_shape)
        return gradient.mT if layout == "num" else gradient
    return found.mT if layout == "denom" else found


def structure_matrix(n, facts, structure):
    """Return the n²×n² matrix whose column for entry (i, j) says how vec(X) follows that entry, or None.

    *parametrized*: ∂vec(X)/∂(the free parameter at i, j); *projected*: the orthogonal projection on the
    subspace, from its basis (Matrix Cookbook 2.8).
    """
    kind = convention(facts)
    sign = {"symmetric": 1, "skew": -1}.get(kind, 0)
    if structure == "free" or not kind:
        return None
    columns = []
    for j in range(n):
        for i in range(n):
            change = torch.zeros(n, n, dtype=torch.float64)
            change[i, j] = 1.0 if sign or i == j else 0.0
            if i != j or sign < 0:
                change[j, i] += sign
            columns.append(vec(change))
    matrix = torch.stack(columns, 1)
    if structure == "parametrized":
        return matrix
    basis = torch.linalg.svd(matrix)
    kept = basis.U[:, basis.S > 1e-9]
    return kept @ kept.mT
