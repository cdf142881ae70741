"""Matrix functions that torch lacks, by their definitions, on arrays of any arithmetic."""

from __future__ import annotations

from typing import Any

from .arithmetic import Arithmetic
from .arrays import Array, NoValue, from_rows, identity, reshape, transpose
from .functions import singular_values, symmetric_part, trace, whole


def _blocks(c: Arithmetic, rows: list) -> Array:
    return from_rows([sum(parts, []) for row in rows for parts in zip(*(block.rows() for block in row))])


def _corner(A: Array) -> Array:
    """Return the upper right block of a matrix of 2×2 blocks."""
    n = A.shape[0] // 2
    return from_rows([row[n:] for row in A.rows()[:n]])


def _zeros(c: Arithmetic, A: Array) -> Array:
    return Array(A.shape, [c.zero] * len(A.entries))


def _frechet(c: Arithmetic, function: Any, X: Array, E: Array) -> Array:
    """f([[X, E], [0, X]]) has L(X, E) in its upper right block (Higham 2008, Functions of Matrices, 3.16)."""
    return _corner(function(_blocks(c, [[X, E], [_zeros(c, X), X]])))


def expm_frechet(c: Arithmetic, X: Array, E: Array) -> Array:
    return _frechet(c, c.expm, X, E)


def logm_frechet(c: Arithmetic, X: Array, E: Array) -> Array:
    return _frechet(c, c.logm, X, E)


def matpow_frechet(c: Arithmetic, X: Array, k: Any, E: Array) -> Array:
    return _frechet(c, lambda block: c.matrix_power(block, whole(k)), X, E)


def phi1(c: Arithmetic, X: Array) -> Array:
    """The exponential of [[X, I], [0, 0]] has it in its upper right block (Higham 2008, theorem 10.22)."""
    return _corner(c.expm(_blocks(c, [[X, c.eye(X.shape[0])], [_zeros(c, X), _zeros(c, X)]])))


def sylvester(c: Arithmetic, A: Array, B: Array, C: Array) -> Array:
    """A: n, n; B: m, m; C: n, m -> n, m; the Y with A @ Y + Y @ B = C, as one linear system."""
    n, m = C.shape
    system = c.add(c.kron(c.eye(m), A), c.kron(transpose(B), c.eye(n)))
    solved = c.solve(system, reshape(transpose(C), (-1, 1)))
    return transpose(reshape(solved, (m, n)))


def polar(c: Arithmetic, X: Array) -> Array:
    """X: n, m -> n, m; X @ (X.T @ X)**(-1/2) of a matrix of full rank (Higham 2008, theorem 8.1)."""
    if X.shape[0] < X.shape[1]:
        return transpose(polar(c, transpose(X)))
    root = c.sqrtm(c.matmul(transpose(X), X))
    return transpose(c.solve(root, transpose(X)))


def _signed(c: Arithmetic, vectors: list) -> list:
    """Give each eigenvector the sign that makes its largest entry positive."""
    found = []
    for vector in vectors:
        best = vector[0]
        for entry in vector[1:]:
            if c.certain_sign(entry * entry - best * best) > 0:
                best = entry
        sign = c.certain_sign(best)
        if not sign:
            raise NoValue("an eigenvector has no sign")
        found.append([entry * sign for entry in vector])
    return found


def eigvecs(c: Arithmetic, X: Array) -> Array:
    return transpose(from_rows(_signed(c, c.eigen(symmetric_part(c, X))[1])))


def eigvecmax(c: Arithmetic, X: Array) -> Array:
    return transpose(from_rows(_signed(c, c.eigen(symmetric_part(c, X))[1][-1:])))


def eigprojmax(c: Arithmetic, X: Array) -> Array:
    """The projector as adj(w*eye(n) - X) divided by its trace, for the largest eigenvalue w."""
    value = Array((1, 1), c.eigen(symmetric_part(c, X))[0][-1:])
    found = c.adjugate(c.subtract(c.multiply(value, identity(X.shape[0], c.zero, c.one)), X))
    return c.divide(found, trace(c, found))


def eigvecmin(c: Arithmetic, X: Array) -> Array:
    return transpose(from_rows(_signed(c, c.eigen(symmetric_part(c, X))[1][:1])))


def svdvals(c: Arithmetic, X: Array) -> Array:
    values = singular_values(c, X)[::-1]
    return Array((len(values), 1), values)


def _svd(c: Arithmetic, X: Array) -> tuple:
    if X.shape[0] < X.shape[1]:
        raise NoValue("it takes at least as many rows as columns")
    values, right = c.eigen(c.matmul(transpose(X), X))
    roots = [c.sqrt(value) for value in values[::-1]]
    left = []
    for root, vector in zip(roots, right[::-1]):
        column = c.matmul(X, Array((len(vector), 1), vector))
        left.append([c.quotient(entry, root) for entry in column.entries])
    left = _signed(c, left)
    turned = c.matmul(from_rows(left), X).rows()
    return left, [[c.quotient(entry, root) for entry in row] for root, row in zip(roots, turned)]


def svdu(c: Arithmetic, X: Array) -> Array:
    return transpose(from_rows(_svd(c, X)[0]))


def svdv(c: Arithmetic, X: Array) -> Array:
    return transpose(from_rows(_svd(c, X)[1]))


OWN = {
    "torch_functions.eigprojmax": eigprojmax,
    "torch_functions.eigvecmax": eigvecmax,
    "torch_functions.eigvecmin": eigvecmin,
    "torch_functions.eigvecs": eigvecs,
    "torch_functions.expm_frechet": expm_frechet,
    "torch_functions.logm": lambda c, X: c.logm(X),
    "torch_functions.logm_frechet": logm_frechet,
    "torch_functions.matpow_frechet": matpow_frechet,
    "torch_functions.matrix_exp": lambda c, X: c.expm(X),
    "torch_functions.matrix_power": lambda c, X, k: c.matrix_power(X, whole(k)),
    "torch_functions.phi1": phi1,
    "torch_functions.polar": polar,
    "torch_functions.sqrtm": lambda c, X: c.sqrtm(X),
    "torch_functions.svdu": svdu,
    "torch_functions.svdv": svdv,
    "torch_functions.svdvals": svdvals,
    "torch_functions.sylvester": sylvester,
}
