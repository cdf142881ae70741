"""Functions of matrices that torch lacks, in torch's arithmetic, so that autograd differentiates them.

Principal roots and logarithms, Fréchet derivatives, the Sylvester equation, the polar factor. Nothing here is
differentiated by a formula of the rule book: the rules are compared with these functions.
"""

from __future__ import annotations

from functools import lru_cache

import torch

from ..errors import DomainError

__all__ = [
    "expm_frechet",
    "logm",
    "logm_frechet",
    "matpow_frechet",
    "matrix_exp",
    "matrix_power",
    "phi1",
    "polar",
    "sqrtm",
    "sylvester",
]

_RESIDUAL = 1e-9
_SQUARE_ROOT_STEPS = 40
_POLAR_STEPS = 60
# up to this number of unknowns a Sylvester equation is solved as one linear system
_LINEAR_SYSTEM = 900
_REFINEMENTS = 3
_ROUNDING = 1e-14


def sqrtm(X):
    """X: n, n -> n, n; the principal square root; raises DomainError for an eigenvalue 0 or on the negative real axis.

    The product form of the Denman–Beavers iteration (Higham 2008, Functions of Matrices, 6.29). Plain matrix
    arithmetic, so that its derivative is right in every direction and where eigenvalues meet.
    """
    _refuse_negative_axis(X, "sqrtm")
    size = float(torch.linalg.matrix_norm(X.detach()))
    identity = torch.eye(X.shape[-1], dtype=X.dtype)
    product = root = X / size
    for _ in range(_SQUARE_ROOT_STEPS):
        inverse = torch.linalg.inv(product)
        root = root @ (identity + inverse) / 2
        product = (identity + (product + inverse) / 2) / 2
        if float(torch.linalg.matrix_norm((product - identity).detach())) < 1e-15 * len(X):
            break
    root = root * size**0.5
    residual = torch.linalg.matrix_norm((root @ root - X).detach())
    if not float(residual) < _RESIDUAL * size:
        raise DomainError(
            f"sqrtm has no accurate value here: an eigenvalue is nearly 0, and the residual is {float(residual):.2g}",
            hint="take another point",
        )
    return root


def logm(X):
    """X: n, n -> n, n; the principal logarithm; raises DomainError for an eigenvalue 0 or on the negative real axis.

    Inverse scaling and squaring with a Padé approximant in partial fractions (Higham 2008, Functions of
    Matrices, 11.5 and equation 11.18).
    """
    _refuse_negative_axis(X, "logm")
    identity = torch.eye(X.shape[-1], dtype=X.dtype)
    root, roots = X, 0
    while float(torch.linalg.matrix_norm((root - identity).detach())) > 0.25 and roots < _SQUARE_ROOT_STEPS:
        root, roots = sqrtm(root), roots + 1
    nodes, weights = _gauss_legendre(8)
    change = root - identity
    terms = [w * torch.linalg.solve(identity + t * change, change) for t, w in zip(nodes, weights)]
    return 2**roots * sum(terms)


def matrix_power(X, k):
    """X: n, n; k: an integer, or a tensor that holds one -> n, n; constant in k, which cannot vary."""
    exponent = float(k.detach() if isinstance(k, torch.Tensor) else k)
    if exponent != round(exponent):
        return X * torch.nan
    if isinstance(k, torch.Tensor) and k.requires_grad:
        return torch.linalg.matrix_power(X, round(exponent)) + torch.nan * k
    return torch.linalg.matrix_power(X, round(exponent))


def _refuse_negative_axis(X, name):
    values = torch.linalg.eigvals(X.detach())
    place = torch.nonzero((values.imag.abs() <= 1e-12 * values.abs()) & (values.real <= 0))
    if len(place):
        raise DomainError(
            f"{name} has no real value here: the matrix has the eigenvalue {_shown(values[place[0, 0]])}",
            hint="it needs eigenvalues that are neither 0 nor on the negative real axis; take another point",
        )


@lru_cache(maxsize=4)
def _gauss_legendre(count):
    """Return the nodes and weights of Gauss–Legendre quadrature on (0, 1) (Golub & Welsch 1969)."""
    steps = torch.arange(1, count, dtype=torch.float64)
    beside = steps / torch.sqrt(4 * steps**2 - 1)
    values, vectors = torch.linalg.eigh(torch.diag(beside, 1) + torch.diag(beside, -1))
    return ((values + 1) / 2).tolist(), (vectors[0] ** 2).tolist()


# -- the exponential -------------------------------------------------------------------------------------------


class _Exponential(torch.autograd.Function):
    @staticmethod
    def forward(ctx, X):
        ctx.save_for_backward(X)
        return torch.linalg.matrix_exp(X)

    @staticmethod
    def backward(ctx, G):
        (X,) = ctx.saved_tensors
        return expm_frechet(X.mH, G)


def matrix_exp(X):
    """X: n, n -> n, n; the exponential.

    The backward of torch's own takes the exponential of [[X, G], [0, X]] as it stands, and so loses all digits of the
    gradient where the cotangent G is large; here G is scaled.
    """
    return _Exponential.apply(X)


# -- Fréchet derivatives ---------------------------------------------------------------------------------------


def expm_frechet(X, E):
    """X: n, n; E: n, n -> n, n; the Fréchet derivative of the exponential at X in the direction E."""
    return _frechet(matrix_exp, X, E)


def logm_frechet(X, E):
    """X: n, n; E: n, n -> n, n; the Fréchet derivative of the principal logarithm at X in the direction E."""
    return _frechet(logm, X, E)


def matpow_frechet(X, k, E):
    """X: n, n; k: an integer, or a tensor that holds one; E: n, n -> n, n; the Fréchet derivative of X**k."""
    return _frechet(lambda block: matrix_power(block, k), X, E)


def _frechet(function, X, E):
    """f([[X, E], [0, X]]) has L(X, E) in its upper right block (Higham 2008, Functions of Matrices, 3.16)."""
    n = len(X)
    size = float(E.detach().norm()) / (float(X.detach().norm()) or 1.0)
    scaled = E / size if size else E
    block = torch.cat([torch.cat([X, scaled], 1), torch.cat([torch.zeros_like(X), X], 1)])
    return function(block)[:n, n:] * (size or 1.0)


def phi1(X):
    """X: n, n -> n, n; the sum of X**k/(k + 1)! over k from 0 (Higham 2008, Functions of Matrices, 10.7.4).

    The exponential of [[X, I], [0, 0]] has it in its upper right block (Higham 2008, theorem 10.22).
    """
    n = len(X)
    identity, zero = torch.eye(n, dtype=X.dtype), torch.zeros_like(X)
    return matrix_exp(torch.cat([torch.cat([X, identity], 1), torch.cat([zero, zero], 1)]))[:n, n:]


# -- the Sylvester equation ------------------------------------------------------------------------------------


def sylvester(A, B, C):
    """A: n, n; B: m, m; C: n, m -> n, m; the Y with A @ Y + Y @ B = C.

    Raises DomainError where A and -B have an eigenvalue in common, and no Y or many solve the equation.
    """
    return _Sylvester.apply(A, B, C)


class _Sylvester(torch.autograd.Function):
    """Its adjoint is the equation with A.T and B.T, so that derivatives of any order are solutions again."""

    @staticmethod
    def forward(ctx, A, B, C):
        Y = _solved(A, B, C)
        ctx.save_for_backward(A, B, Y)
        return Y

    @staticmethod
    def backward(ctx, cotangent):
        A, B, Y = ctx.saved_tensors
        pulled = sylvester(A.mH, B.mH, cotangent)
        return -pulled @ Y.mH, -Y.mH @ pulled, pulled


def _solved(A, B, C):
    values, others = torch.linalg.eigvals(A), torch.linalg.eigvals(B)
    sums = values[:, None] + others
    if float(sums.abs().min()) <= _ROUNDING * float(values.abs().max() + others.abs().max()):
        place = int(sums.abs().argmin()) // len(others)
        raise DomainError(
            f"sylvester(A, B, C) has no value here: A and -B have the eigenvalue {_shown(values[place])} in common",
            hint="take another point",
        )
    if C.numel() <= _LINEAR_SYSTEM:
        system = torch.kron(torch.eye(len(B), dtype=C.dtype), A.contiguous())
        system = system + torch.kron(B.mT.contiguous(), torch.eye(len(A), dtype=C.dtype))
        return torch.linalg.solve(system, C.mT.reshape(-1)).reshape(C.shape[1], C.shape[0]).mT
    return _solved_by_eigenvectors(A, B, C)


def _solved_by_eigenvectors(A, B, C):
    """Solve in the eigenvectors of A and B, with iterative refinement."""
    (values, vectors), (others, beside) = torch.linalg.eig(A), torch.linalg.eig(B)
    Y, residual = torch.zeros_like(C), C
    try:
        for _ in range(_REFINEMENTS):
            turned = torch.linalg.solve(vectors, residual.to(vectors.dtype)) @ beside
            solved = vectors @ (turned / (values[:, None] + others))
            change = torch.linalg.solve(beside, solved, left=False)
            Y = Y + (change if C.is_complex() else change.real)
            residual = C - A @ Y - Y @ B
    except torch.linalg.LinAlgError:
        residual = residual * torch.inf
    if not float(residual.norm()) <= _RESIDUAL * float(C.norm()):
        raise DomainError(
            f"sylvester(A, B, C) of {C.shape[0]}×{C.shape[1]} has no accurate value here: A or B has no basis of "
            "eigenvectors, or nearly none",
            hint=f"up to {_LINEAR_SYSTEM} entries it is solved without one; take a smaller or another point",
        )
    return Y


def _shown(value):
    return f"{value.real:.6g}" if abs(value.imag) <= _ROUNDING * abs(value) else f"{complex(value):.6g}"


# -- the polar factor -------------------------------------------------------------------------------------------


def polar(X):
    """X: n, m -> n, m; the nearest matrix with orthonormal columns (rows, where it is wide), the U of X = U @ H.

    Newton's method, scaled once (Higham 2008, Functions of Matrices, 8.12 and problem 8.18), whose derivative is right
    where singular values meet, too. Raises DomainError where X is not of full rank.
    """
    values = torch.linalg.svdvals(X.detach())
    if not float(values[-1]) > _ROUNDING * max(X.shape) * float(values[0]):
        raise DomainError(
            f"polar has no value here: the smallest singular value, {float(values[-1]):.3g}, is 0 to rounding",
            hint="it needs a matrix of full rank; take another point",
        )
    factor, close = X / (float(values[0]) * float(values[-1])) ** 0.5, False
    for _ in range(_POLAR_STEPS):
        inverse = torch.linalg.inv(factor) if X.shape[0] == X.shape[1] else torch.linalg.pinv(factor)
        following = (factor + inverse.mT) / 2
        done, close = close, float((following - factor).detach().norm()) <= 1e-8 * min(X.shape) ** 0.5
        factor = following
        if done:
            break
    return factor
