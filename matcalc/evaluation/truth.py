"""The true derivative at a point: torch autograd, in the layouts and conventions by their definitions.

Nothing here knows of the engine: the value comes from the surface tree of the user's own text.
"""

from __future__ import annotations

from functools import partial

import torch

from ..rulebook.facts import convention, pattern
from .evaluate import node_values


def vec(array):
    """array: n, m -> n*m; the columns stacked."""
    return array.mT.reshape(-1)


def unvec(vector, shape):
    """vector: n*m -> n, m; the inverse of :func:`vec`."""
    return vector.reshape(shape[1], shape[0]).mT


def numbered(shape):
    """Return an array whose entries are their places in its vec, from 0."""
    return unvec(torch.arange(shape[0] * shape[1], dtype=torch.float64), shape)


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


def _moved(value, variable, direction):
    """Return the derivative along a direction of a variable, by differentiating the gradient by its cotangent."""
    cotangent = torch.zeros_like(value).requires_grad_()
    pulled = _gradient(value, variable, cotangent, True)
    return _gradient((pulled * direction).sum(), cotangent, None, True)


def true_derivative(tree, point, by, book, along=()):
    """Return (value, Jacobian, scale) of a surface tree at a point, by autograd.

    ``by`` are the names that are differentiated by in turn, the last of them along the directions named in ``along``.
    The Jacobian is ∂vec(value)/∂vec(X)ᵀ, of order 2 ∂vec(∂value/∂W)/∂vec(X)ᵀ, and so on: the rows go through the
    entries of the value and of all variables but the last, these fastest. ``scale`` is the size of the largest gradient
    that autograd met on its way, against which a zero is judged.
    """
    leaves = {name: point.arrays[name].clone().requires_grad_() for name in by}
    values = node_values(tree, {**point.arrays, **leaves}, point.sizes, book)
    value = found = values[id(tree)]
    free = by[: len(by) - len(along)]
    for name, direction in zip(by[len(free) :], along):
        found = _moved(found, leaves[name], point.arrays[direction])
    for place, name in enumerate(free):
        found = jacobian(found.reshape(-1, 1) if place else found, leaves[name], create_graph=place + 1 < len(free))
    scale = max(_scale(value, values.values(), leaf) for leaf in leaves.values())
    for name in by:
        scale /= float(leaves[name].detach().norm()) or 1.0
    for direction in along:
        scale *= float(point.arrays[direction].norm())
    return value.detach(), found.detach(), scale


def _scale(value, nodes, variable):
    """Return the largest of ‖v‖·‖∂f/∂v‖ over all nodes v, for a fixed combination f of the value's entries."""
    varying = [v for v in {id(v): v for v in nodes if v is not None}.values() if v.requires_grad]
    if not value.requires_grad:
        return 0.0
    signs = (-1.0) ** torch.arange(value.numel(), dtype=torch.float64).reshape(value.shape)
    gradients = torch.autograd.grad(
        value, [variable, *varying], signs, retain_graph=True, allow_unused=True, materialize_grads=True
    )
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


def arranged_mixed(found, value_shape, variable_shapes, layout, directions):
    """Return a Jacobian by several variables as a matrix: a block of a Hessian, or one along so many directions.

    ``variable_shapes`` are those of the variables without a direction. By two arrays a scalar has a row for each entry
    of the first and a column for each of the second, an array by one a row for each of its own entries.
    """
    sizes = [shape[0] * shape[1] for shape in variable_shapes]
    arrays = [place for place, shape in enumerate(variable_shapes) if tuple(shape) != (1, 1)]
    if tuple(value_shape) != (1, 1):
        rows = value_shape[0] * value_shape[1]
        matrix = found.reshape(rows, sizes[arrays[0]]) if arrays else unvec(found, value_shape)
        return matrix.mT if layout == "denom" else matrix
    if len(sizes) == 2 and not directions:
        return found.reshape(*sizes)
    if len(arrays) == 2:
        return found.reshape(sizes[arrays[0]], sizes[arrays[1]])
    matrix = unvec(found, variable_shapes[arrays[0]] if arrays else value_shape)
    return matrix.mT if layout == "num" else matrix


def structure_matrix(array, facts, structure):
    """Return the matrix whose column for entry (i, j) says how vec(X) follows that entry at X, None where it is free.

    array: n, m -> n*m, n*m. *parametrized*: ∂vec(X)/∂(the free parameter at i, j); *projected*: the orthogonal
    projection on the subspace, or on the tangent space at X of matrices with orthonormal columns (Matrix Cookbook 2.8;
    Absil, Mahony & Sepulchre 2008, 3.6).
    """
    kind = convention(facts)
    rows, cols = array.shape
    if structure == "free" or not kind or rows * cols == 1 or kind not in _CURVED and rows != cols:
        return None
    followed = _CURVED.get(kind) or partial(_tied, words=frozenset({kind}), structure=structure)
    changes = torch.eye(rows * cols, dtype=torch.float64)
    return torch.stack([vec(followed(unvec(change, (rows, cols)), array)) for change in changes], 1)


def _tangent(change, X):
    inner = X.mT @ change
    return change - X @ (inner + inner.mT) / 2


def _tangent_of_rank_one(change, X):
    """Return the projection on the matrices u@w.T + z@v.T, X being u@v.T (Vandereycken 2013, 2.1)."""
    size = (X * X).sum()
    left, right = X @ X.mT / size, X.mT @ X / size
    return left @ change + change @ right - left @ change @ right


def _tangent_of_symmetric_rank_one(change, X):
    return _tangent_of_rank_one((change + change.mT) / 2, X)


def _tangent_of_simplex(change, X):
    """Return the projection on the directions along which the sum of each column stays 1."""
    return change - change.mean(0)


# these have a projection alone; that of the first three depends on the point
_CURVED = {
    "orthogonal": _tangent,
    "rank-one": _tangent_of_rank_one,
    "symmetric-rank-one": _tangent_of_symmetric_rank_one,
    "simplex": _tangent_of_simplex,
}


def _tied(change, X, words, structure):
    """Return how the entries that are tied follow a change: all of a group its sum, or its mean."""
    if words == {"skew"}:
        both = change - change.mT
        return both / 2 if structure == "projected" else both
    groups = torch.tensor(pattern(len(change), words)).reshape(-1)
    kept = (groups >= 0).to(torch.float64)
    sums = torch.zeros_like(kept).scatter_add(0, groups.clamp(min=0), change.reshape(-1) * kept)
    counts = torch.zeros_like(kept).scatter_add(0, groups.clamp(min=0), kept)
    found = sums / counts.clamp(min=1) if structure == "projected" else sums
    return (found[groups.clamp(min=0)] * kept).reshape(change.shape)
