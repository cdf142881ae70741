"""Wrong claims of every kind, made from the corpus: each is a textbook's formula with one thing wrong."""

from __future__ import annotations

import matcalc
from matcalc.api import Question, book_of
from matcalc.checks.derivative import relative_error
from matcalc.checks.problem import Problem
from matcalc.claims.trees import chains, parents, product, replaced, toggled
from matcalc.errors import DomainError, MatcalcError, ShapeError
from matcalc.evaluation.evaluate import evaluate, own_torch_state
from matcalc.language.nodes import operands_of
from matcalc.language.syntax import Binary, Negate, Number, Transpose, parse_tree, postorder
from matcalc.language.unparse import unparse

KINDS = {
    "transposed": "other layout",
    "factor": "factor",
    "dropped transpose": "transpose",
    "dropped term": "term",
    "symmetric only": "symmetric only",
    "swapped factors": "order of factors",
    "other variable": "other variable",
}
# an operation in place of another, and a sign: not asked for in the same way, and diagnosed all the same
MORE_KINDS = {"elementwise": "elementwise", "wrong sign": "term"}
_FACTORS = ["2", "-1", "1/2", "3", "-2", "1/4"]


def options(entry):
    """Return the arguments of matcalc.diff and matcalc.check for an entry of the corpus."""
    return {
        "wrt": entry["wrt"], "order": entry["order"], "shapes": entry["shapes"], "assume": entry.get("assume"),
        "structure": "parametrized" if entry.get("structured") else "free",
    }


class Truth:
    """Torch's derivative of an entry at a few points, to tell wrong claims from right ones."""

    def __init__(self, entry, seed=5, points=3):
        self.query = Question(entry["expr"], layout="num", **options(entry)).query()
        self.problem = Problem(self.query, self.query.elaborated.tree)
        sampler = self.problem.sampler(seed)
        self.points = []
        with own_torch_state():
            for _ in range(points):
                point = sampler.draw()
                if point is not None:
                    self.points.append((point, self.problem.found[0]))

    def agrees(self, text, layout):
        """Whether a formula is the derivative in a layout, None where it has no value."""
        tree, book = parse_tree(text), book_of()
        for point, truth in self.points:
            try:
                value = evaluate(tree, point.arrays, point.sizes, book)
            except (ShapeError, DomainError):
                return None
            target = truth.mT if layout == "denom" else truth
            if value.shape != target.shape or not relative_error(target, value) <= 1e-6:
                return False
        return True

    def is_right(self, text):
        """Whether a formula is the derivative in either layout."""
        return bool(self.agrees(text, "num") or self.agrees(text, "denom"))


def wrong_claims(entry, kind, rng, most=1):
    """Return up to ``most`` wrong claims of a kind about an entry: pairs (text, layout asked for)."""
    truth = Truth(entry)
    candidates = list(_MAKERS[kind](entry, truth))
    rng.shuffle(candidates)
    found = []
    for text in candidates:
        if len(found) == most:
            break
        layout = entry["layout"]
        wrong = not truth.agrees(text, layout) if kind == "transposed" else not truth.is_right(text)
        if wrong and truth.points and any(bool(found.any()) for _, found in truth.points):
            found.append((text, layout))
    return found


def _transposed(entry, truth):
    yield unparse(Transpose(parse_tree(entry["expected"])))


def _factor(entry, truth):
    for factor in _FACTORS:
        yield f"{factor}*({entry['expected']})"
    sizes = {str(s) for shape in truth.query.elaborated.shapes.values() for s in shape if str(s).isidentifier()}
    for size in sorted(sizes):
        yield f"({entry['expected']})/{size}"
        yield f"{size}*({entry['expected']})"


def _dropped_transpose(entry, truth):
    tree = parse_tree(entry["expected"])
    above = parents(tree)
    for node in postorder(tree):
        if isinstance(node, Transpose) and node is not tree:
            yield unparse(replaced(tree, node, node.operand, above))


def _dropped_term(entry, truth):
    tree = parse_tree(entry["expected"])
    above = parents(tree)
    for node in postorder(tree):
        if isinstance(node, Binary) and node.op in "+-":
            yield unparse(replaced(tree, node, node.left, above))
            yield unparse(replaced(tree, node, node.right if node.op == "+" else Negate(node.right), above))


def _wrong_sign(entry, truth):
    tree = parse_tree(entry["expected"])
    above = parents(tree)
    for node in postorder(tree):
        if isinstance(node, Binary) and node.op in "+-":
            turned = Binary("-" if node.op == "+" else "+", node.left, node.right)
            yield unparse(replaced(tree, node, turned, above))


def _symmetric_only(entry, truth):
    shapes, assume = entry["shapes"], entry.get("assume") or {}
    for name, shape in shapes.items():
        if len(shape) == 2 and shape[0] == shape[1] != 1 and name not in assume:
            try:
                found = matcalc.diff(entry["expr"], layout=entry["layout"],
                                     **{**options(entry), "assume": {**assume, name: ["symmetric"]}})
            except MatcalcError:
                continue
            if not _one_transpose_away(str(found), truth):
                yield str(found)


def _one_transpose_away(text, truth):
    """Whether a formula is right when one of its factors is transposed."""
    tree = parse_tree(text)
    above = parents(tree)
    return any(
        truth.is_right(unparse(replaced(tree, node, toggled(node), above)))
        for node in postorder(tree) if not isinstance(node, Number)
    )


def _swapped_factors(entry, truth):
    tree = parse_tree(entry["expected"])
    above = parents(tree)
    for node in chains(tree):
        factors = operands_of(node, "@")
        for i in range(len(factors) - 1):
            order = [*factors[:i], factors[i + 1], factors[i], *factors[i + 2:]]
            yield unparse(replaced(tree, node, product(order), above))


def _elementwise(entry, truth):
    tree = parse_tree(entry["expected"])
    above = parents(tree)
    for node in postorder(tree):
        if isinstance(node, Binary) and node.op == "@":
            yield unparse(replaced(tree, node, Binary("*", node.left, node.right), above))


def _other_variable(entry, truth):
    for name in truth.query.elaborated.shapes:
        if name != entry["wrt"]:
            try:
                found = matcalc.diff(entry["expr"], layout=entry["layout"], **{**options(entry), "wrt": name})
            except MatcalcError:
                continue
            if str(found) != "0" and "zeros" not in str(found):
                yield str(found)


_MAKERS = {
    "transposed": _transposed, "factor": _factor, "dropped transpose": _dropped_transpose,
    "dropped term": _dropped_term, "symmetric only": _symmetric_only, "swapped factors": _swapped_factors,
    "other variable": _other_variable, "elementwise": _elementwise, "wrong sign": _wrong_sign,
}
