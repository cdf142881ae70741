"""What both modes of accumulation cost: the costs of the lines, counted anew, and how the modes compare."""

from fractions import Fraction

import pytest
from accumulations import PROGRAMS, lines_of, shape_at
from tables import every_row

import matcalc
from matcalc.algebra.expressions import dimension
from matcalc.evaluation.fitting import choose_rule, whole_number
from matcalc.graph.accumulate import accumulations
from matcalc.graph.costs import products_text
from matcalc.language.syntax import Binary, Call, Name, Negate, Number, String, Transpose, parse_tree, postorder
from matcalc.language.unparse import unparse
from matcalc.rulebook.entries import size_tree


class Counter:
    """Counts the products of an expression at concrete sizes, node by node as it is evaluated."""

    def __init__(self, shapes, sizes, book):
        self.shapes, self.sizes, self.book = shapes, sizes, book

    def count(self, tree):
        nodes = {unparse(node): node for node in postorder(tree)}
        self.found = {}
        for text, node in nodes.items():
            self.found[text] = self.shape(node)
        return sum(self.own(node, tree, nodes.values()) for node in nodes.values() if not self.constant(node))

    def of(self, node):
        return self.found[unparse(node)]

    def constant(self, node):
        return not any(isinstance(n, Name) and n.id in self.shapes for n in postorder(node))

    def pattern(self, node):
        if isinstance(node, Transpose):
            return self.pattern(node.operand)
        if isinstance(node, Call) and node.function in ("kron", "vec"):
            return all(map(self.pattern, node.args))
        return isinstance(node, Call) and node.function in ("eye", "ones", "zeros", "e", "comm")

    def fitted(self, node):
        shapes = [None if isinstance(arg, String) else self.of(arg) for arg in node.args]
        return choose_rule(node, shapes, self.sizes, self.book)

    def shape(self, node):
        if isinstance(node, Name):
            return self.shapes.get(node.id, (1, 1))
        if isinstance(node, (Number, String)):
            return (1, 1)
        if isinstance(node, Negate):
            return self.of(node.operand)
        if isinstance(node, Transpose):
            return self.of(node.operand)[::-1]
        if isinstance(node, Call):
            return self.fitted(node)[1][1]
        left, right = self.of(node.left), self.of(node.right)
        return (left[0], right[1]) if node.op == "@" else tuple(map(max, left, right))

    def own(self, node, root, nodes):
        if isinstance(node, Call):
            return self.call(node)
        if not isinstance(node, Binary) or node.op in "+-":
            return 0
        if node.op != "**" and (self.pattern(node.left) or self.pattern(node.right)):
            return 0
        rows, columns = self.of(node)
        if node.op != "@":
            return rows * columns
        text = unparse(node)
        users = [n for n in nodes if any(unparse(part) == text for part in parts(n))]
        traced = users and node is not root and all(isinstance(n, Call) and n.function == "tr" for n in users)
        return rows * self.of(node.left)[1] * (1 if traced else columns)

    def call(self, node):
        rule, (sizes, shape) = self.fitted(node)
        given = [arg for arg, parameter in zip(node.args, rule.params) if parameter.kind == "array"]
        entries = shape[0] * shape[1]
        if rule.constant or len(rule.linear) > 1 and any(map(self.pattern, given)):
            return 0
        if rule.elementwise:
            return entries
        if rule.scalar is not None and all(self.of(arg) == (1, 1) for arg in given):
            return self.formula(rule.scalar, rule, node, sizes)
        if rule.products is not None:
            numbers = {p.name: arg for p, arg in zip(rule.params, node.args) if p.kind == "scalar"}
            return number_of(rule.products, sizes, numbers)
        return self.formula(rule.means, rule, node, sizes) if rule.means is not None else 0

    def formula(self, tree, rule, node, sizes):
        shapes = {p.name: self.of(arg) for p, arg in zip(rule.params, node.args) if p.kind == "array"}
        return Counter(shapes, sizes, self.book).count(tree)


def parts(node):
    if isinstance(node, Binary):
        return (node.left, node.right)
    return node.args if isinstance(node, Call) else (node.operand,) if isinstance(node, (Negate, Transpose)) else ()


def number_of(tree, sizes, numbers):
    """Return the value of a rule's line of products."""
    if isinstance(tree, Call):
        value = number_of(tree.args[0], sizes, numbers)
        return abs(value) if tree.function == "abs" else (value > 0) - (value < 0)
    if isinstance(tree, Name) and tree.id in numbers:
        return number_of(numbers[tree.id], sizes, {})
    if isinstance(tree, (Name, Number)):
        return Fraction(whole_number(tree, sizes))
    if isinstance(tree, Negate):
        return -number_of(tree.operand, sizes, numbers)
    left, right = (number_of(part, sizes, numbers) for part in (tree.left, tree.right))
    operations = {"+": left + right, "-": left - right, "*": left * right, "**": left**right if tree.op == "**" else 0}
    return left / right if tree.op == "/" else operations[tree.op]


COUNTED = [
    *PROGRAMS,
    ("det(X)*norm(X)", "X", {}),
    ("matpow(X, -2) + matpow(X, 3)", "X", {}),
    ("logsumexp(A@x) + logsumexp(X, axis=1).T@b", "x", {}),
    ("solve(A, B@x)", "x", {}),
    ("mean(X, axis=0)@b + prod(X) + max(X)", "X", {}),
    ('norm(X, "nuc") + norm(X, 2) + norm(X, 1)', "X", {}),
    ("kron(A, X)", "X", {}),
    ("vec(X).T@vec(exp(X))", "X", {}),
    ("dot(X, Y) + u.T@outer(X@u, w)@w", "X", {}),
    ("log(1 + exp(-y*(X@w)))", "w", {}),
    ("adj(X)@pinv(X)", "X", {}),
    ("sqrtm(X)@b", "b", {}),
]


@pytest.mark.parametrize(("text", "wrt", "options"), COUNTED)
def test_costs_are_those_of_the_lines_as_printed(text, wrt, options):
    derivative = matcalc.diff(text, wrt, **options)
    free = {str(s) for shape in derivative.shapes.values() for size in shape for s in names_in(size)}
    sizes = {name: 3 + 2 * index for index, name in enumerate(sorted(free))}
    at = {dimension(name): value for name, value in sizes.items()}
    for mode, accumulation in accumulations(derivative).items():
        counted = {}
        for line in accumulation.lines:
            shapes = {name: shape_at(shape, sizes) for name, shape in accumulation.shapes.items()}
            shapes |= {name: shape_at(shape, sizes) for name, shape in derivative.shapes.items()}
            cost = 0
            if line.kind in ("value", "tangent", "adjoint") and line.expression:
                cost = Counter(shapes, sizes, accumulation.book).count(parse_tree(line.expression))
            assert line.cost.subs(at) == cost, f"{mode}: {line}"
            counted[line.kind] = counted.get(line.kind, 0) + cost
        sweep = counted.get("tangent" if mode == "forward" else "adjoint", 0)
        assert accumulation.values.subs(at) == counted.get("value", 0)
        assert accumulation.cost.subs(at) == sweep
        assert accumulation.total.subs(at) == counted.get("value", 0) + accumulation.sweeps.subs(at) * sweep
        assert accumulation.total == getattr(accumulation.comparison, mode)


def names_in(size):
    return {node.id for node in postorder(size_tree(str(size))) if isinstance(node, Name)}


@every_row(
    ("text", "wrt", "options", "forward", "reverse", "cheaper"),
    [
        ("norm(A@x - b)**2", "x", {}, "m*n**2 + 2*m*n + m + 3*n + 2", "2*m*n + 3*m + 4", "reverse"),
        ("x.T@A@x", "x", {}, "n**3 + 3*n**2 + n", "2*n**2 + 3*n", "reverse"),
        ("x.T@A@x", "x", {"shapes": {"x": (3, 1)}}, "57", "27", "reverse"),
        ("A@x", "x", {}, "m*n**2 + m*n", "m**2*n + m*n", ""),
        ("A@x", "x", {"shapes": {"A": (7, 2)}}, "42", "112", "forward"),
        ("exp(c*x)", "c", {"shapes": {"c": (), "x": ("n", 1)}}, "4*n", "2*n**2 + 2*n", "forward"),
        ("c**2", "c", {"shapes": {"c": ()}}, "3", "3", "neither"),
        ("detach(x).T@b", "x", {}, "n", "n", "neither"),
    ],
)
def test_the_comparison_of_both_modes(text, wrt, options, forward, reverse, cheaper):
    comparison = matcalc.diff(text, wrt, **options).accumulation().comparison
    assert products_text(comparison.forward) == forward
    assert products_text(comparison.reverse) == reverse
    assert comparison.cheaper == cheaper


def test_where_it_depends_the_comparison_says_on_what():
    text = matcalc.diff("A@x", "x").accumulation().comparison.text
    assert text.startswith("to leading order forward is cheaper where `n < m`, else reverse")


def test_a_gradient_costs_a_few_times_its_function():
    """Baur & Strassen (1983): all partial derivatives of a rational function for a few times its products."""
    for text in ["norm(A@x - b)**2", "x.T@A@x/(1 + x.T@x)", "sum((A@x*B@x)**3)", "((x*x).T@(x*x))**2"]:
        accumulation = matcalc.diff(text, "x").accumulation()
        at = dict.fromkeys(accumulation.total.free_symbols, 50)
        assert accumulation.total.subs(at) <= 5 * accumulation.values.subs(at)


def test_a_user_rule_has_its_costs(tmp_path):
    path = tmp_path / "my.rules"
    path.write_text(
        "quad(x: n,1; A: n,n) -> scalar\n    d quad(x, A) = dx.T@(A + A.T)@x + x.T@dA@x\n    products  n**2 + n\n"
        "    torch torch.matmul(torch.matmul(x.mT, A), x)\n    source Calculus\n"
        "plain(x: n,1) -> scalar\n    d plain(x) = 2*x.T@dx\n    torch torch.sum(x*x)\n    source Calculus\n",
        encoding="utf-8",
    )
    found = matcalc.diff("quad(x, A) + plain(x)", "x", rules=str(path)).accumulation()
    assert [products_text(line.cost) for line in lines_of(found, "value")] == ["n**2 + n", "n", "0"]
