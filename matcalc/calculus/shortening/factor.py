"""Common factors of sums: A@x + B@x = (A + B)@x, and the like for scalars and Hadamard and Kronecker products.

Each step replaces a sum by an equal one that is written shorter; it ends because the length, a whole
number, falls with every step.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from sympy import Add, Expr, Mul, Pow

from ...algebra.constants import commutation, eye, is_constant, ones, scalar_product
from ...algebra.constructors import add, diagonal, hadamard, power, scale
from ...algebra.expressions import (
    ONE,
    SELECT,
    STRIDE,
    Array,
    Constant,
    Diagonal,
    Hadamard,
    Kronecker,
    MatMul,
    MatrixPower,
    Power,
    Sum,
    Transpose,
    coefficient,
    is_array,
)
from ...algebra.kronecker import kronecker
from ...algebra.products import matmul, matrix_power

if TYPE_CHECKING:
    from .shorten import _Length

MAX_TERMS = 40
MAX_CHAIN = 60


def shortest_sum(node: Array, cost: _Length) -> Array:
    """Return the shortest equal form of an array sum that taking out common factors finds.

    ``cost(expression)`` is the length of an expression; ``cost.sums`` remembers the sums that were tried: the
    inner sums of different groupings are the same ones again and again.
    """
    if node not in cost.sums:
        found = cost.sums[node] = _shortest_sum(node, cost)
        # nothing shorter was found from there on, and the next pass asks for what this one found
        cost.sums.setdefault(found, found)
    return cost.sums[node]


def _shortest_sum(node: Array, cost: _Length) -> Array:
    scalar, body = coefficient(node)
    if not isinstance(body, Sum):
        return node
    if len(body.args) > MAX_TERMS:
        return scale(scalar, _group_once(body))
    best, length = node, cost(node)
    while True:
        scalar, body = coefficient(best)
        if not isinstance(body, Sum):
            return best
        candidates = [scale(scalar, c) for c in _candidates(body, cost)]
        shorter = min(candidates, key=cost, default=None)
        if shorter is None or cost(shorter) >= length:
            return best
        best, length = shorter, cost(shorter)


def _candidates(node: Array, cost: _Length) -> Iterator[Array]:
    """Yield the sum with common factors taken out in each way, while the work that ``cost`` allows lasts."""
    terms = [coefficient(part) for part in node.args]
    for gather in (_by_side, _by_scalar, _by_hadamard, _by_kronecker, _by_diagonal):
        for candidate in gather(terms, cost):
            yield candidate
            if cost.exhausted:
                return


def _rest(terms: list[tuple[Expr, Array]], taken: set[int]) -> list[Array]:
    return [scale(c, a) for index, (c, a) in enumerate(terms) if index not in taken]


# -- matrix products ------------------------------------------------------------------------------


def chain_of(array: Array) -> list[Array]:
    """Return the factors of a matrix product; small powers are taken apart."""
    factors = array.args if isinstance(array, MatMul) else (array,)
    chain = []
    for factor in factors:
        if isinstance(factor, MatrixPower) and factor.args[1].is_Integer and 1 < abs(factor.args[1]) <= 4:
            sign = 1 if factor.args[1] > 0 else -1
            chain.extend([matrix_power(factor.args[0], ONE * sign)] * abs(int(factor.args[1])))
        else:
            chain.append(factor)
    return chain


def _turned_chain(chain: list[Array]) -> list[Array] | None:
    """Return the chain with a commutation matrix moved from the right end to the left, or None."""
    if (
        len(chain) == 2
        and is_constant(chain[1], "comm")
        and isinstance(chain[0], Kronecker)
        and len(chain[0].args) == 2
    ):
        first, second = chain[0].args
        moved = commutation(first.rows, second.rows)
        if is_constant(moved, "comm") and chain[1].dims == (first.cols, second.cols):
            return [moved, kronecker(second, first)]
    return None


def _by_side(terms, cost):
    chains = [chain_of(array) for _, array in terms]
    if any(len(chain) > MAX_CHAIN for chain in chains):
        return
    for left in (True, False):
        variants = [[chain] for chain in chains]
        for index, options in enumerate(variants):
            options += _other_chains(options[0], left)
            if is_constant(terms[index][1], "eye"):
                options[:] = [chain for other in chains for chain in _inverse_chains(other, left)]
        yield from _grouped(terms, variants, left, cost)


def _other_chains(chain: list[Array], left: bool) -> list[list[Array]]:
    """Return other products equal to the chain: a commutation matrix moved, a Kronecker product of rows split."""
    found = []
    turned = None if left else _turned_chain(chain)
    if turned:
        found.append(turned)
    end = chain[0] if left else chain[-1]
    if isinstance(end, Kronecker) and len(end.args) == 2:
        first, second = end.args
        if left and first.is_column and second.is_column:
            found += [
                [kronecker(first, eye(second.rows)), second, *chain[1:]],
                [kronecker(eye(first.rows), second), first, *chain[1:]],
            ]
        if not left and first.is_row and second.is_row:
            found += [
                [*chain[:-1], second, kronecker(first, eye(second.cols))],
                [*chain[:-1], first, kronecker(eye(first.cols), second)],
            ]
    return found


def _inverse_chains(chain: list[Array], left: bool) -> list[list[Array]]:
    """Return eye(n) as inv(P)@P or P@inv(P) for an inverse at the end of the chain."""
    end = chain[0] if left else chain[-1]
    if isinstance(end, MatrixPower) and end.args[1] == -1:
        return [[end, end.args[0]] if left else [end.args[0], end]]
    return []


def _grouped(terms, variants, left, cost):
    groups = {}
    for index, options in enumerate(variants):
        for chain in options:
            end = chain[0] if left else chain[-1]
            groups.setdefault(end, []).append((index, chain))
    for members in _with_and_without_identities(groups.values(), terms):
        for depth in _depths([chain for _, chain in members], left):
            inner = [(terms[index][0], chain[depth:] if left else chain[:-depth]) for index, chain in members]
            outer = members[0][1][:depth] if left else members[0][1][-depth:]
            if all(map(_only_selects, (chain for _, chain in inner))):
                continue  # a difference of slices is written as such, not by what selects them
            inside = add(*[scale(c, _product(chain, outer, left)) for c, chain in inner])
            inside = shortest_sum(inside, cost) if is_array(inside) else inside
            whole = matmul(*outer, inside) if left else matmul(inside, *outer)
            yield add(whole, *_rest(terms, {index for index, _ in members}))


def _only_selects(chain: list[Array]) -> bool:
    """Return whether a chain is a matrix that selects rows or columns, or puts them in their places."""
    base = chain[0].args[0] if len(chain) == 1 and isinstance(chain[0], Transpose) else chain[0] if chain else None
    return len(chain) == 1 and isinstance(base, Constant) and base.name in (SELECT, STRIDE)


def _with_and_without_identities(groups, terms):
    """Yield every group of two or more terms; also without an identity that was written as inv(P) @ P."""
    for members in groups:
        plain = [(index, chain) for index, chain in members if not is_constant(terms[index][1], "eye")]
        for group in (members, plain) if len(plain) < len(members) else (members,):
            distinct = len({index for index, _ in group})
            if distinct == len(group) > 1:
                yield group


def _depths(chains, left):
    """Return the lengths of common ends worth trying: the longest, and one."""
    depth, shortest = 0, min(map(len, chains))
    while depth < shortest and len({id(c[depth] if left else c[-1 - depth]) for c in chains}) == 1:
        depth += 1
    return dict.fromkeys((depth, 1)) if depth else ()


def _product(chain: list[Array], outer: list[Array], left: bool) -> Array:
    if chain:
        return matmul(*chain)
    return eye(outer[-1].cols if left else outer[0].rows)


def _group_once(node):
    """Return a long sum grouped once by its last factors: (A1 + A2 + …)@x."""
    groups = {}
    for part in node.args:
        factor, array = coefficient(part)
        chain = array.args if isinstance(array, MatMul) else (array,)
        groups.setdefault(chain[-1], []).append(
            scale(factor, matmul(*chain[:-1]) if len(chain) > 1 else eye(array.rows))
        )
    if len(groups) * 2 > len(node.args):
        return node
    return add(*[matmul(add(*parts), last) for last, parts in groups.items()])


# -- scalars, Hadamard and Kronecker products --------------------------------------------------------


def _powers(scalar: Expr) -> dict[Expr, Expr]:
    """Return {base: exponent} of the factors of a scalar, numbers left out."""
    found = {}
    for factor in Mul.make_args(scalar):
        base, exponent = (factor.base, factor.exp) if isinstance(factor, Pow) else (factor, ONE)
        if not base.is_Number:
            found[base] = found.get(base, 0) + exponent
    return found


def common_powers(tables: list[Mapping[Expr, Expr]]) -> dict[Expr, Expr]:
    """Return {base: exponent} of what all tables of powers have in common."""
    common = dict(tables[0])
    for table in tables[1:]:
        for base in list(common):
            exponent = _smaller(common[base], table.get(base))
            if exponent is None:
                del common[base]
            else:
                common[base] = exponent
    return common


def _smaller(one: Expr, other: Expr | None) -> Expr | None:
    if other is None:
        return None
    difference = one - other
    if not difference.is_Rational:
        return None
    smaller = other if difference > 0 else one
    if one.is_Rational and other.is_Rational and (one > 0) != (other > 0):
        return None
    if smaller.is_Rational and smaller < 0:
        return one if difference > 0 else other
    return smaller


def _by_scalar(terms, cost):
    tables = [_powers(c) for c, _ in terms]
    tried = set()
    for base in dict.fromkeys(base for table in tables for base in table):
        members = tuple(index for index, table in enumerate(tables) if base in table)
        if len(members) < 2 or members in tried:
            continue
        tried.add(members)
        common = Mul(*[Pow(b, e) for b, e in common_powers([tables[i] for i in members]).items()])
        for taken in dict.fromkeys((common, _numerator(common))):
            if taken != 1:
                inside = add(*[scale(terms[i][0] / taken, terms[i][1]) for i in members])
                # SymPy may leave exp(a - b)/exp(a - b) as it is, and so on for ever
                if cost(inside) < cost(add(*[scale(*terms[i]) for i in members])):
                    yield add(scale(taken, shortest_sum(inside, cost)), *_rest(terms, set(members)))


def _numerator(scalar: Expr) -> Expr:
    return Mul(*[f for f in Mul.make_args(scalar) if not (isinstance(f, Pow) and f.exp.as_coeff_Mul()[0].is_negative)])


def _hadamard_powers(array: Array) -> dict[Array, Expr]:
    found = {}
    for factor in array.args if isinstance(array, Hadamard) else (array,):
        base, exponent = factor.args if isinstance(factor, Power) and not is_array(factor.args[1]) else (factor, ONE)
        found[base] = exponent
    return found


def _by_hadamard(terms, cost):
    tables = [_hadamard_powers(array) for _, array in terms]
    tried = set()
    for base in dict.fromkeys(base for table in tables for base in table):
        members = tuple(index for index, table in enumerate(tables) if base in table)
        if len(members) < 2 or members in tried or is_constant(base, "ones"):
            continue
        tried.add(members)
        common = common_powers([tables[i] for i in members])
        if not common:
            continue
        outer = hadamard(*[power(b, e) for b, e in common.items()])
        inside = add(*[scale(terms[i][0], _quotient(tables[i], common, outer.shape)) for i in members])
        yield add(hadamard(outer, shortest_sum(inside, cost)), *_rest(terms, set(members)))


def _quotient(table: Mapping[Array, Expr], common: dict[Array, Expr], shape: tuple[Expr, Expr]) -> Array:
    parts = []
    for base, exponent in table.items():
        left = exponent - common.get(base, 0)
        if left != 0:
            parts.append(power(base, left))
    return hadamard(*parts) if parts else ones(*shape)


def _by_kronecker(terms, cost):
    for place in (0, -1):
        groups = {}
        for index, (_, array) in enumerate(terms):
            if isinstance(array, Kronecker):
                groups.setdefault(array.args[place], []).append(index)
        for factor, members in groups.items():
            parts = [(terms[i][0], terms[i][1].args) for i in members]
            if is_constant(factor, "eye"):
                for index, (c, array) in enumerate(terms):
                    inner = eye(array.rows / factor.rows) if is_constant(array, "eye") else None
                    if inner is not None:
                        members = [*members, index]
                        parts.append((c, (factor, inner) if place == 0 else (inner, factor)))
            if len(members) > 1:
                inside = add(*[scale(c, kronecker(*(args[1:] if place == 0 else args[:-1]))) for c, args in parts])
                inside = shortest_sum(inside, cost)
                whole = kronecker(factor, inside) if place == 0 else kronecker(inside, factor)
                yield add(whole, *_rest(terms, set(members)))


def _by_diagonal(terms, cost):
    members = [i for i, (_, array) in enumerate(terms) if isinstance(array, Diagonal) or is_constant(array, "eye")]
    if len(members) > 1 and any(isinstance(terms[i][1], Diagonal) for i in members):
        columns = []
        for i in members:
            scalar, array = terms[i]
            columns.append(scale(scalar, array.args[0] if isinstance(array, Diagonal) else ones(array.rows)))
        yield add(diagonal(shortest_sum(add(*columns), cost)), *_rest(terms, set(members)))


# -- scalar sums ---------------------------------------------------------------------------------------


def shortest_scalar_sum(node: Expr, cost: _Length) -> Expr:
    """Return the shortest equal form of a scalar sum that taking out common factors finds.

    Different factors taken out first lead to the same inner sums: ``cost.sums`` remembers them, too.
    """
    if not isinstance(node, Add) or len(node.args) > MAX_TERMS:
        return node
    if node not in cost.sums:
        cost.sums[node] = _shortest_scalar_sum(node, cost)
    return cost.sums[node]


def _shortest_scalar_sum(node: Add, cost: _Length) -> Expr:
    best, length = node, cost(node)
    tables = [_powers(term) for term in node.args]
    tried = set()
    for base in dict.fromkeys(base for table in tables for base in table):
        members = tuple(i for i, table in enumerate(tables) if base in table)
        if len(members) < 2 or members in tried:
            continue
        tried.add(members)
        common = Mul(*[Pow(b, e) for b, e in common_powers([tables[i] for i in members]).items()])
        inside = Add(*[node.args[i] / common for i in members])
        if cost(inside) >= length:
            continue
        rest = [term for i, term in enumerate(node.args) if i not in members]
        candidate = Add(scalar_product(common, shortest_scalar_sum(inside, cost)), *rest)
        if cost(candidate) < length:
            best, length = candidate, cost(candidate)
    return best
