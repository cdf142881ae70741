"""Determinants, inverses and products that are written out, beside their definitions."""

import random
from fractions import Fraction
from itertools import permutations
from math import prod

import pytest

from matcalc.evaluation.exact.arrays import Array, NoValue, transpose
from matcalc.evaluation.exact.padics import Padics, random_prime
from matcalc.evaluation.exact.rationals import Rationals
from tests.support.seeds import seed_of

SEED = seed_of("products and minors written out")


def drawn(rows, cols, rng):
    return Array((rows, cols), [rng.randrange(-9, 10) for _ in range(rows * cols)])


def determinant(A):
    """The sum over permutations."""
    n, rows, total = A.shape[0], A.rows(), 0
    for order in permutations(range(n)):
        swaps = sum(order[i] > order[j] for i in range(n) for j in range(i + 1, n))
        total += (-1) ** swaps * prod(rows[i][order[i]] for i in range(n))
    return total


def product(A, B):
    rows, columns = A.rows(), transpose(B).rows()
    return [sum(a * b for a, b in zip(row, column, strict=True)) for row in rows for column in columns]


@pytest.mark.parametrize("n", range(1, 7))
def test_determinants_and_adjugates_are_those_of_their_definitions(n):
    rng, c = random.Random(f"{SEED} {n}"), Rationals()
    A = drawn(n, n, rng)
    exact = Array((n, n), [Fraction(entry) for entry in A.entries])
    assert c.det(exact) == determinant(A), f"seed {SEED}"
    scaled = [determinant(A) * int(i == j) for i in range(n) for j in range(n)]
    assert product(A, c.adjugate(exact)) == scaled, f"seed {SEED}"


@pytest.mark.parametrize("n", range(1, 7))
def test_inverses_and_solutions_modulo_a_prime(n):
    rng = random.Random(f"{SEED} {n}")
    prime = random_prime(str(SEED))
    for digits in (1, 2, 3):
        c = Padics(prime, digits)
        A, B = (Array(shape, [rng.randrange(c.modulus) for _ in range(prod(shape))]) for shape in ((n, n), (n, 2)))
        identity = [int(i == j) for i in range(n) for j in range(n)]
        assert c.reduced(product(A, c.inverse(A))) == identity, f"seed {SEED}"
        assert c.reduced(product(A, c.solve(A, B))) == c.reduced(B.entries), f"seed {SEED}"
        # a displaced matrix has another inverse, found from the same one modulo the prime
        moved = Array(A.shape, [entry + prime * rng.randrange(prime) for entry in A.entries])
        assert c.reduced(product(moved, c.inverse(moved))) == identity, f"seed {SEED}"
        if n > 1:
            singular = Array(A.shape, A.entries[:-n] + A.entries[:n])
            for refuse in (c.inverse, lambda S, c=c, B=B: c.solve(S, B)):
                with pytest.raises(NoValue):
                    refuse(singular)


@pytest.mark.parametrize("inner", range(1, 7))
def test_products_modulo_a_prime(inner):
    rng = random.Random(f"{SEED} {inner}")
    c = Padics(random_prime(str(SEED)), 2)
    for rows, cols in ((1, 1), (1, 3), (3, 1), (2, 5), (4, 4)):
        A, B = drawn(rows, inner, rng), drawn(inner, cols, rng)
        found = c.matmul(A, B)
        assert found.shape == (rows, cols)
        assert found.entries == c.reduced(product(A, B)), f"seed {SEED}"


@pytest.mark.parametrize("number", [Fraction(2), Fraction(-3), Fraction(5, 7), Fraction(-1, 6), Fraction(1, 2**81)])
def test_numbers_and_divisors_modulo_a_prime(number):
    c = Padics(random_prime(str(SEED)), 2)
    A = Array((1, 3), [1, 10, -4])
    multiplied = c.multiply(c.divide(A, c.array(number)), c.array(number))
    assert c.reduced(multiplied.entries) == c.reduced(A.entries), f"seed {SEED}"
    assert c.reduced([c.number(number) * number.denominator]) == c.reduced([number.numerator])
