"""From a differential to the Jacobian: vec(dY) = J @ vec(dX) (Magnus & Neudecker 2019, chapter 9).

Each linear operation has a matrix: vec(A @ dX @ B) = kron(B.T, A) @ vec(dX), the commutation matrix for
a transpose, diag(vec(A)) for a Hadamard product. For columns these reduce to ordinary products.
"""

from __future__ import annotations

from sympy import Add, Mul

from .adjoint import gradient
from .build import bind, build
from .constructors import add, commutation, diagonal, eye, hadamard, ones, scale, shape_of, transpose, zero_of
from .errors import NoRuleError
from .expressions import (
    ONE,
    ArrayFunction,
    Diagonal,
    FrechetDerivative,
    Hadamard,
    Kronecker,
    MatMul,
    Scale,
    Sum,
    Transpose,
    Vec,
    dependent,
    is_array,
    postorder,
)
from .products import kronecker, matmul, vec


def size(node):
    """Return the number of entries of an expression, as a dimension."""
    rows, cols = shape_of(node)
    return rows * cols


def jacobian(differential, variable, book):
    """Return J, of (size of differential)×(size of variable), with vec(differential) = J @ vec(variable).

    ``variable`` is the symbol dX; ``differential``, an array or a scalar, is linear in it.
    Raises NoRuleError where an operation's matrix has no closed form in the language.
    """
    if not is_array(differential):
        return transpose(vec(gradient(differential, variable, book)))
    depends = dependent(differential, {variable})
    if differential not in depends:
        return zero_of((size(differential), size(variable)))
    matrices = {}
    for node in postorder(differential):
        if node == variable:
            matrices[node] = eye(size(variable))
        elif node in depends:
            matrices[node] = _matrix(node, matrices, variable, book)
    return matrices[differential]


def _matrix(node, matrices, variable, book):
    if not is_array(node):
        return None
    builder = _BUILDERS.get(type(node))
    if builder is not None:
        return builder(node, matrices, variable, book)
    if isinstance(node, ArrayFunction) and node.rule.jacobians:
        outer = jacobian_of(node.rule, node.rule.params[0].name, node.args, book)
        return matmul(outer, matrices[node.args[0]])
    if isinstance(node, FrechetDerivative):
        name = getattr(getattr(node.args[0], "rule", None), "name", "matpow")
        raise NoRuleError(
            f"the derivative of {name} has no closed form in the language",
            hint=f"the gradient of tr({name}(X)) has one",
        )
    raise NoRuleError(f"no Jacobian for {type(node).__name__}", hint="see matcalc rules")


def jacobian_of(rule, parameter, args, book):
    """Return the matrix of a linear function of the rule book for one parameter."""
    return build(rule.jacobians[parameter].right, bind(rule, args), book)


def _of_transpose(node, matrices, variable, book):
    inner = node.args[0]
    return matmul(commutation(inner.rows, inner.cols), matrices[inner])


def _of_scale(node, matrices, variable, book):
    scalar, array = node.args
    terms = []
    if array in matrices:
        terms.append(scale(scalar, matrices[array]))
    if scalar in matrices:
        row = transpose(vec(gradient(scalar, variable, book)))
        terms.append(matmul(vec(array), row) if is_array(row) else scale(row, vec(array)))
    return add(*terms)


def _of_chain(node, matrices, variable, book):
    terms = []
    for index, factor in enumerate(node.args):
        if factor in matrices:
            left = matmul(*node.args[:index]) if index else eye(factor.rows)
            right = matmul(*node.args[index + 1:]) if index + 1 < len(node.args) else eye(factor.cols)
            terms.append(matmul(kronecker(transpose(right), left), matrices[factor]))
    return add(*terms)


def _of_hadamard(node, matrices, variable, book):
    terms = []
    for index, factor in enumerate(node.args):
        if factor in matrices:
            rest = hadamard(*node.args[:index], *node.args[index + 1:])
            terms.append(matmul(diagonal(vec(rest)), matrices[factor]))
    return add(*terms)


def _of_kronecker(node, matrices, variable, book):
    (rule,) = book.named("kron")
    terms = []
    for index, factor in enumerate(node.args):
        if factor not in matrices:
            continue
        matrix = matrices[factor]
        if index:
            matrix = matmul(jacobian_of(rule, "B", (kronecker(*node.args[:index]), factor), book), matrix)
        if index + 1 < len(node.args):
            left = kronecker(*node.args[:index + 1])
            matrix = matmul(jacobian_of(rule, "A", (left, kronecker(*node.args[index + 1:])), book), matrix)
        terms.append(matrix)
    return add(*terms)


def _of_named(name, parameter):
    def builder(node, matrices, variable, book):
        rule = next(r for r in book.named(name) if r.params[0].name == parameter)
        return matmul(jacobian_of(rule, parameter, node.args, book), matrices[node.args[0]])

    return builder


_BUILDERS = {
    Transpose: _of_transpose,
    Sum: lambda node, matrices, variable, book: add(*[matrices[t] for t in node.args if t in matrices]),
    Scale: _of_scale,
    MatMul: _of_chain,
    Hadamard: _of_hadamard,
    Kronecker: _of_kronecker,
    Diagonal: _of_named("diag", "v"),
    Vec: _of_named("vec", "X"),
}
