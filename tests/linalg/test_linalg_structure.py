"""Structures of matrices: which hold for matrices made to have them, exactly and within rounding."""

import json
from fractions import Fraction

import numpy
import pytest
from adversarial_matrices import grcar, hilbert, integers, jordan
from tables import every_row

from matcalc import ArgumentError, DomainError
from matcalc.linalg import structure
from matcalc.linalg.operand import Operand
from matcalc.linalg.structures.predicates import PREDICATES

SEED = 50


def rng(seed=SEED):
    return numpy.random.default_rng(seed)


def orthogonal(size, seed=SEED):
    return numpy.linalg.qr(rng(seed).standard_normal((size, size)))[0]


EXACT = [
    ("[0 1; 1 0]", "symmetric, orthogonal, involution, permutation, circulant, Hankel, doubly stochastic, binary"),
    ("[0 1 0; 0 0 1; 1 0 0]", "permutation, orthogonal, normal, circulant, Toeplitz, doubly stochastic"),
    ("[3/5 4/5; -4/5 3/5]", "orthogonal, normal, Toeplitz"),
    ("[1/2 1/2; 1/2 1/2]", "idempotent, orthogonal projection, doubly stochastic, rank one, circulant, nonnegative"),
    ("[1 1; 0 0]", "idempotent, rank one, upper triangular, stochastic by columns, binary"),
    ("[2 -1; 2 -1]", "idempotent, rank one, integer"),
    ("[0 1; -1 0]", "skew-symmetric, orthogonal, normal, integer"),
    ("[1 2; 0 -1]", "involution, upper triangular, integer"),
    ("[0 1 2; 0 0 3; 0 0 0]", "nilpotent, strictly upper triangular, upper triangular, nonnegative"),
    ("[2 -1; 4 -2]", "nilpotent, rank one, integer"),
    ("[1 0; 5 1]", "unipotent, lower triangular, lower bidiagonal, Toeplitz"),
    ("[3 -1; 4 -1]", "unipotent, integer"),
    ("[4 1 0; 1 4 1; 0 1 4]", "tridiagonal, symmetric, Toeplitz, diagonally dominant, normal"),
    ("[5 0; 0 5]", "multiple of the identity, diagonal, circulant, symmetric, diagonally dominant"),
    ("[1 0; 0 1]", "identity, involution, idempotent, orthogonal, unipotent, permutation, diagonal"),
    ("[0 0; 0 0]", "zero, idempotent, nilpotent, skew-symmetric, diagonal, strictly lower triangular"),
    ("[1 2 3; 4 5 6; 0 7 8]", "upper Hessenberg, integer"),
    ("[1 2 0; 4 5 6; 9 7 8]", "lower Hessenberg, integer"),
    ("[1 2 3; 2 3 4]", "Hankel, integer, nonnegative"),
    ("[1 2 3; 0 1 2]", "Toeplitz, upper triangular"),
    ("[1 2 3; 3 1 2; 2 3 1]", "circulant, Toeplitz, normal"),
    ("[1/3 2/3; 1 0]", "stochastic by rows, nonnegative"),
    ("[1/3 1; 2/3 0]", "stochastic by columns, nonnegative"),
    ("[[0, 1j], [-1j, 0]]", "Hermitian, unitary, involution, skew-symmetric, normal"),
    ("[[1j, 2], [-2, 3j]]", "skew-Hermitian, normal"),
    ("[[3/5, 4j/5], [4j/5, 3/5]]", "unitary, symmetric, normal"),
    ("[[1, 0], [0, 1], [0, 0]]", "orthonormal columns, diagonal, binary"),
    ("[[3/5, 4/5, 0]]", "orthonormal rows, rank one"),
    ("[1 1 0; 0 1 1]", "upper bidiagonal, tridiagonal, binary"),
]


@pytest.mark.parametrize("matrix, names", EXACT)
def test_what_holds_exactly(matrix, names):
    report = structure(matrix)
    assert report.is_exact
    for name in names.split(", "):
        assert report[name].holds and report[name].is_exact and report[name].residual == 0, name


@pytest.mark.parametrize("matrix, names", [
    ("[0 1; 1 0]", "skew-symmetric, diagonal, nilpotent, rank one, identity, zero, diagonally dominant"),
    ("[1 2; 3 4]", "symmetric, orthogonal, normal, idempotent, involution, Toeplitz, circulant, stochastic by rows"),
    ("[1 1e-30; 0 1]", "symmetric, identity, diagonal, involution, normal"),
    ("[0.5 0.49999999999999999999; 0.5 0.5]", "stochastic by rows, symmetric, idempotent"),
    ("[0 1; 1e-40 0]", "nilpotent, upper triangular"),
    ("[2 0; 0 1/2]", "orthogonal, integer, binary, unipotent"),
    ("[-1 2; 2 -1]", "nonnegative, doubly stochastic, binary"),
    ("[[1, 1j], [1j, 1]]", "Hermitian, unitary, orthogonal, nonnegative"),
    ("[1 2 3; 4 5 6]", "orthonormal rows, Toeplitz, Hankel, diagonal"),
])
def test_what_does_not_hold_exactly(matrix, names):
    report = structure(matrix)
    for name in names.split(", "):
        assert report[name].holds is False and report[name].residual > 0, name


def made(name):
    """Return a matrix of floats with a structure, up to rounding."""
    basis, draw = orthogonal(8), rng()
    diagonal = numpy.diag([1.0, 1, 1, 0, 0, 0, 0, 0])
    signs = numpy.diag([1.0, 1, -1, -1, 1, 1, -1, 1])
    positive = draw.random((8, 8))
    oblique = draw.standard_normal((8, 8)) + 3 * numpy.eye(8)
    return {
        "orthogonal": basis,
        "orthogonal projection": basis @ diagonal @ basis.T,
        "idempotent": oblique @ diagonal @ numpy.linalg.inv(oblique),
        "involution": basis @ signs @ basis.T,
        "stochastic by rows": positive / positive.sum(axis=1, keepdims=True),
        "rank one": numpy.outer(basis[0], basis[1]),
        "normal": basis @ numpy.kron(numpy.eye(4), [[1.0, 2.0], [-2.0, 1.0]]) @ basis.T,
        "nilpotent": basis @ jordan((0.0, 5), (0.0, 3)) @ basis.T,
        "unipotent": basis @ jordan((1.0, 5), (1.0, 3)) @ basis.T,
        "symmetric": basis @ numpy.diag(numpy.arange(8.0)) @ basis.T,
        "multiple of the identity": 1e200 * basis @ basis.T,
        "orthonormal columns": basis[:, :3],
        "orthonormal rows": basis[:3],
    }[name]


@every_row("name", [
    "orthogonal", "orthogonal projection", "idempotent", "involution", "stochastic by rows", "rank one", "normal",
    "nilpotent", "unipotent", "symmetric", "multiple of the identity", "orthonormal columns", "orthonormal rows",
])
def test_what_holds_within_rounding_and_not_beyond(name):
    array = made(name)
    report = structure(array)
    assert not report.is_exact
    assert report[name].holds, report[name]
    assert report[name].residual <= report[name].tolerance == report.tolerance
    disturbed = array + 1e-9 * numpy.abs(array).max() * rng().standard_normal(array.shape)
    assert structure(disturbed)[name].holds is False


@pytest.mark.parametrize("scale", [1e200, 1e-200])
def test_scale_does_not_matter_to_what_multiples_share(scale):
    array = rng().standard_normal((5, 5))
    symmetric = structure(scale * (array + array.T))
    assert symmetric["symmetric"].holds and symmetric["normal"].holds and not symmetric["diagonal"].holds
    assert structure(scale * orthogonal(5))["orthogonal"].holds is False
    assert structure(scale * grcar(6))["Toeplitz"].holds


def test_nilpotent_where_rounding_hides_it_is_not_decided():
    basis = orthogonal(30)
    finding = structure(basis @ jordan((0.0, 30)) @ basis.T)["nilpotent"]
    assert finding.holds is None
    assert "not decided (rounding hides it): nilpotent" in str(structure(basis @ jordan((0.0, 30)) @ basis.T))
    assert structure(jordan((0.0, 30)))["nilpotent"].holds, "the places of its zeros decide"
    order = rng().permutation(30)
    assert structure(jordan((0.0, 30))[order][:, order])["nilpotent"].holds
    for seed in range(20):
        assert structure(rng(seed).standard_normal((25, 25)))["nilpotent"].holds is False


def test_random_matrices_have_no_structure():
    for seed in range(20):
        assert structure(rng(seed).standard_normal((6, 6))).names == []
        assert structure(rng(seed).standard_normal((3, 6)) * 1j).names == []


def test_floats_and_integers_agree():
    """The same random integers, once exact and once as floats: sparse ones, so that many structures hold."""
    draw = rng()
    seen = set()
    for _ in range(150):
        size = int(draw.integers(1, 5))
        array = integers(draw, size, size, 1) * (draw.random((size, size)) < 0.6)
        exact, rounded = structure(array), structure(array.astype(float))
        assert exact.is_exact and not rounded.is_exact
        assert exact.names == rounded.names, array
        seen |= set(exact.names)
    assert len(seen) >= 30


def test_every_predicate_is_zero_exactly_where_floats_are():
    """Deviations of exact entries and of floats are the same numbers."""
    draw = rng()
    for predicate in PREDICATES:
        array = integers(draw, 4, 4, 3)
        exact = predicate.deviation(numpy.array(structure_entries(array), dtype=object))
        rounded = predicate.deviation(array.astype(float))
        exact = numpy.array([float(entry) for entry in numpy.ravel(exact)])
        assert numpy.abs(exact).max(initial=0) == pytest.approx(numpy.abs(rounded).max(initial=0)), predicate.name


def structure_entries(array):
    return Operand(array).matrix.exact.tolist()


def test_bandwidths():
    assert structure("[1 2 0; 0 1 2; 0 0 1]").bandwidths == (0, 1)
    assert structure("[0 0; 0 0]").bandwidths == (0, 0)
    assert structure(grcar(9)).bandwidths == (1, 3)


def test_hilbert_matrices_are_hankel_exactly():
    report = structure(hilbert(7))
    assert report["Hankel"].holds and report["symmetric"].holds and not report["Toeplitz"].holds
    assert structure([[Fraction(1, 3), Fraction(2, 3)], [Fraction(2, 3), Fraction(1, 3)]])["doubly stochastic"].holds


def test_reports():
    report = structure("[0 1; 1 0]")
    assert str(report).isascii()
    record = json.loads(json.dumps(report.record(), allow_nan=False))
    assert record["structures"] == report.names
    assert len(record["findings"]) == len(report.findings)
    json.dumps(structure(numpy.full((3, 3), 1e300)).record(), allow_nan=False)
    with pytest.raises(ArgumentError):
        report["no such structure"]
    assert "nearly (residual): symmetric (1e-9)" in str(structure("[1 1e-9; 0 1]"))


def test_large_matrices():
    array = rng().standard_normal((300, 300))
    assert structure(array + array.T).names[:2] == ["symmetric", "normal"]


@pytest.mark.parametrize("entry", ["nan", "inf"])
def test_entries_that_are_not_finite(entry):
    with pytest.raises(DomainError, match=rf"entry \(1, 2\) is {entry}"):
        structure(f"[1 {entry}; 2 3]")
