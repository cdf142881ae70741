"""Eigenvectors of symmetric matrices and singular vectors, with a sign of their own and no value where they have none.

Where two eigenvalues meet, their eigenvectors are not determined; torch returns some. Here a DomainError names them.
"""

from __future__ import annotations

import torch

from ..errors import DomainError

__all__ = ["eigprojmax", "eigvecmax", "eigvecmin", "eigvecs", "svdu", "svdv", "svdvals"]

# eigenvalues nearer than this part of the largest one have met: their eigenvectors would be rounding noise
_MEETING = 1e-10
_SYMMETRY = 1e-8
# entries this near to the largest one count as equally large
_TIE = 1e-6
_NEWTON_STEPS = 3


def eigvecs(X):
    """X: n, n, symmetric -> n, n; orthonormal eigenvectors in the order of the ascending eigenvalues.

    In each column the first of the largest entries is positive. Raises DomainError where two eigenvalues meet.
    """
    _refuse_asymmetry(X, "eigvecs")
    values, vectors = torch.linalg.eigh(X)
    _refuse_meeting(values.detach(), "eigvecs", "eigenvalue")
    return vectors * _signs(vectors)


def eigvecmax(X):
    """X: n, n, symmetric -> n, 1; the unit eigenvector of the largest eigenvalue, its largest entry positive.

    Raises DomainError where that eigenvalue is not simple.
    """
    _refuse_asymmetry(X, "eigvecmax")
    return _extreme_vector(X, -1, "eigvecmax")


def eigprojmax(X):
    """X: n, n, symmetric or hermitian -> n, n; v@v.H of the unit eigenvector of the largest eigenvalue.

    Raises DomainError where that eigenvalue is not simple.
    """
    known = torch.linalg.eigvalsh(X.detach())
    if len(known) > 1:
        _refuse_meeting(known, "eigprojmax", "eigenvalue", torch.tensor([len(known) - 2]))
    # of a general matrix, whose entries vary freely: the right eigenvector by the left one
    values, vectors = torch.linalg.eig(X)
    place = int(values.detach().real.argmax())
    found = vectors[:, place, None] @ torch.linalg.inv(vectors)[place, None]
    return found if X.is_complex() else found.real


def eigvecmin(X):
    """X: n, n, symmetric -> n, 1; the unit eigenvector of the smallest eigenvalue, its largest entry positive.

    Raises DomainError where that eigenvalue is not simple.
    """
    _refuse_asymmetry(X, "eigvecmin")
    return _extreme_vector(X, 0, "eigvecmin")


def svdvals(X):
    """X: n, m with n >= m -> m, 1; the singular values, descending; raises DomainError for a wide matrix."""
    _refuse_wide(X, "svdvals")
    return torch.linalg.svdvals(X)[:, None]


def svdu(X):
    """X: n, m with n >= m -> n, m; the left singular vectors that belong to :func:`svdvals`, see :func:`svdv`."""
    return _singular_vectors(X, "svdu")[0]


def svdv(X):
    """X: n, m with n >= m -> m, m; the right singular vectors that belong to :func:`svdvals`.

    In each left singular vector the first of the largest entries is positive. Raises DomainError for a wide matrix,
    and where two singular values meet or one is 0.
    """
    return _singular_vectors(X, "svdv")[1]


def _singular_vectors(X, name):
    _refuse_wide(X, name)
    left, values, right = torch.linalg.svd(X, full_matrices=False)
    values = values.detach()
    _refuse_meeting(values, name, "singular value")
    if not float(values[-1]) > _MEETING * float(values[0]):
        raise DomainError(
            f"{name} has no value here: singular value {len(values)} is {float(values[-1]):.3g}, 0 to rounding",
            hint="the derivative exists only where no singular value is 0; take another point",
        )
    signs = _signs(left)
    return left * signs, right.mT * signs


def _extreme_vector(X, place, name):
    """Newton's method from the eigenvector, for autograd's sake: it needs this one eigenvalue to be simple, not all.

    Each step doubles the order up to which the derivatives are right. As with torch's eigh, those in a direction that
    is not symmetric are those in its symmetric part.
    """
    X = (X + X.mT) / 2
    values, vectors = torch.linalg.eigh(X.detach())
    pair = torch.tensor([-2, -1] if place else [0, 1])
    if len(values) > 1:
        _refuse_meeting(values, name, "eigenvalue", pair % len(values))
    vector = vectors[:, place, None]
    vector, value = vector * _signs(vector), values[place].reshape(1, 1)
    identity, corner = torch.eye(len(X), dtype=X.dtype), torch.zeros(1, 1, dtype=X.dtype)
    for _ in range(_NEWTON_STEPS if X.requires_grad else 0):
        bordered = torch.cat([torch.cat([X - value * identity, -vector], 1), torch.cat([-vector.mT, corner], 1)])
        missing = torch.cat([value * vector - X @ vector, (vector.mT @ vector - 1) / 2])
        step = torch.linalg.solve(bordered, missing)
        vector, value = vector + step[:-1], value + step[-1:]
    return vector


def _signs(vectors):
    """Return the signs, 1×n, that make the first of the largest entries of each column positive."""
    fixed = vectors.detach()
    large = fixed.abs() >= fixed.abs().amax(0, keepdim=True) * (1 - _TIE)
    return torch.sign(fixed.gather(0, large.to(torch.int8).argmax(0, keepdim=True)))


def _refuse_meeting(values, name, what, places=None):
    """Raise DomainError where two neighbouring values, of all or of those at two places, are equal to rounding."""
    first = torch.arange(len(values) - 1) if places is None else places[:1]
    gaps = (values[first + 1] - values[first]).abs()
    if len(gaps) and not float(gaps.min()) > _MEETING * float(values.abs().max()):
        at = int(first[int(gaps.argmin())])
        raise DomainError(
            f"{name} has no value here: {what}s {at + 1} and {at + 2} of {len(values)} meet "
            f"({float(values[at]):.10g} and {float(values[at + 1]):.10g})",
            hint=f"the derivative exists only where these {what}s differ; take another point",
        )


def _refuse_asymmetry(X, name):
    if not float((X - X.mT).detach().abs().max()) <= _SYMMETRY * float(X.detach().abs().max()):
        raise DomainError(
            f"{name} is for symmetric matrices, and this one is not symmetric",
            hint="write the symmetric part, (X + X.T)/2",
        )


def _refuse_wide(X, name):
    if X.shape[0] < X.shape[1]:
        raise DomainError(
            f"{name} takes at least as many rows as columns, and this matrix is {X.shape[0]}×{X.shape[1]}",
            hint=f"write {name}(X.T)",
        )
