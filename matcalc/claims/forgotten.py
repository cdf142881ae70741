"""Rules of calculus that a formula forgot: the product rule, the chain rule, and the diag of an elementwise function.

Each is tested by the engine's derivative of a changed expression: with a factor held constant, or by an argument that
is taken for a variable.
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from ..answers.derivative import answer
from ..answers.shown import expression_text
from ..errors import MatcalcError
from ..language.syntax import Binary, Call, Name, Number, Transpose, children, parse_tree, postorder, with_children
from ..language.unparse import unparse
from ..shapes.elaborate import elaborate
from .case import Finding, shown
from .factors import Factor
from .residue import added
from .terms import terms
from .trees import parents, replaced, scaled, substituted
from .wording import in_layout

_MOST_NODES = 6
_MOST_QUESTIONS = 24
_FRESH = "argument"
_NUMBER = ("1", "1")


def product_rule(case):
    """One of the two terms of the product rule is missing, or the derivatives of the factors are multiplied."""
    samples = zip(case.values, case.scale.samples)
    if any(v is None or v.shape not in (s.truth.shape, s.truth.mT.shape) for v, s in samples):
        return None
    for node in _products(case):
        terms_of = [_derivative(case, _with(case, node, _holding(node, side))) for side in ("right", "left")]
        if None in terms_of:
            continue
        if _are_equal(case, *terms_of):
            continue  # twice the same: a factor 2 says more
        for kept, other in (terms_of, terms_of[::-1]):
            if _is(case, kept):
                message = f"{_rule_of(node)} rule: the term {shown(other)} is missing"
                number = Fraction(-1 if unparse(other).startswith("-") else 1)
                whole = added(case.tree, Factor(None, number), scaled(other, number))
                return _found(case, "term", message, whole)
        plain = [_derivative(case, _with(case, node, side)) for side in (node.left, node.right)]
        if None not in plain and _is_made_of(case, node, plain):
            one, two = map(shown, terms_of)
            message = f"{_rule_of(node)} rule: the derivative of {shown(node)} has two terms, {one} and {two}"
            return _found(case, "term", message)
    return None


def _are_equal(case, one, other):
    pairs = list(zip(case.scale.values(one), case.scale.values(other)))
    return all(v is not None and w is not None and _same(case, v, w) for v, w in pairs)


def _rule_of(node):
    return "quotient" if node.op == "/" else "product"


def _is_made_of(case, node, plain):
    """Whether the formula is the product or quotient of the derivatives of the factors, or one of them."""
    joined = [Binary("*", *plain), Binary("/", *plain)] if node.op == "/" else [Binary("*", *plain)]
    return any(_is(case, tree) for tree in (*joined, *plain))


def _products(case):
    """Return the products and quotients of the expression of which both sides vary, the outermost first."""
    tree, varying = case.ground.tree, _varying(case)
    nodes = [n for n in postorder(tree) if isinstance(n, Binary) and n.op in "*/@"]
    return [n for n in nodes if id(n.left) in varying and id(n.right) in varying][::-1][:_MOST_NODES]


def _varying(case):
    found = {id(n) for n in postorder(case.ground.tree) if isinstance(n, Name) and n.id == case.query.wrt}
    for node in postorder(case.ground.tree):
        if any(id(child) in found for child in children(node)):
            found.add(id(node))
    return found


def _holding(node, side):
    """Return a product with one side held constant."""
    return replace(node, **{side: Call("detach", (getattr(node, side),))})


def _with(case, node, new):
    """Return the expression with another node in the place of one."""
    return replaced(case.ground.tree, node, new, parents(case.ground.tree))


# -- the chain rule ----------------------------------------------------------------------------------------------------


def chain_rule(case):
    """The formula is the derivative by an argument within the expression, without that of the argument."""
    varying, tree = _varying(case), case.ground.tree
    inner = [c for n in postorder(tree) if isinstance(n, Call) or _is_power(n) for c in children(n)[:1]]
    inner = [n for n in inner if id(n) in varying and not isinstance(n, Name)]
    for node in inner[::-1][:_MOST_NODES]:
        outer = _by_argument(case, node)
        if outer is None:
            continue
        # beside a second derivative it would be the second one, too, and that is not what is missing
        own = _derivative(case, node) if case.query.order == 1 else None
        own = None if own is not None and "kron(" in unparse(own) else own
        missing = f"; that of {shown(node)}" + (f", {shown(own)}," if own is not None else "") + " is missing"
        if _is(case, outer):
            return _found(case, "different", f"chain rule: your formula is the derivative by {shown(node)}{missing}")
        if any(v is not None and v.shape[1] == 1 for v in case.values) and _is(case, outer, _as_diagonal):
            message = f"chain rule: diag of your formula is the derivative by {shown(node)}{missing}"
            return _found(case, "different", message)
    return None


def _is_power(node):
    return isinstance(node, Binary) and node.op == "**"


def _by_argument(case, node):
    """Return the derivative of the expression by one of its parts, None where it has none."""
    elaborated, book = case.query.elaborated, case.query.book
    shape = _symbolic_shape(case, node)
    if shape is None:
        return None
    tree = _with(case, node, Name(_FRESH))
    if case.query.wrt in {n.id for n in postorder(tree) if isinstance(n, Name)}:
        return None
    try:
        shapes = {name: tuple(map(str, s)) for name, s in elaborated.shapes.items() if name != case.query.wrt}
        found = elaborate(unparse(tree), book, _plain({**shapes, _FRESH: shape}), _facts(case))
        named = {"wrt": _FRESH, "part": None, "placing": None, "every": ""}
        query = replace(case.query, elaborated=found, layout=case.layouts[0], **named)
        text = str(answer(query))
    except MatcalcError:
        return None
    return substituted(parse_tree(text), {_FRESH: node})


def _symbolic_shape(case, node):
    from ..printers.sizes import node_shapes

    shapes = {**case.ground.shapes, **{name: ("1", "1") for name in case.ground.sizes}}
    try:
        return node_shapes(node, case.query.book, shapes)[id(node)]
    except MatcalcError:
        return None


# -- another question --------------------------------------------------------------------------------------------------


def other_question(case):
    """The formula is the derivative of an expression with another norm, reduction or power in it."""
    for node, new in _other_questions(case):
        if case.exhausted:
            return None
        tree = _with(case, node, new)
        found = _derivative(case, tree)
        if found is not None and _is(case, found):
            message = f"your formula is the derivative of {shown(tree)}, not of {shown(case.ground.tree)}"
            return _found(case, "different", message)
    return None


def _other_questions(case):
    """Yield (node of the expression, what it may have been taken for): a function of the same shapes, no power."""
    book, varying, count = case.query.book, _varying(case), 0
    for node in postorder(case.ground.tree)[::-1]:
        if id(node) not in varying:
            continue
        for new in _taken_for(node, book):
            count += 1
            if count > _MOST_QUESTIONS:
                return
            yield node, new


def _taken_for(node, book):
    if isinstance(node, Binary) and node.op == "**":
        yield node.left
        return
    rules = [rule for rule in book.overloads(node.function) if rule.params] if isinstance(node, Call) else []
    if not any(r.params[0].kind == "array" and r.result == _NUMBER and not r.elementwise for r in rules):
        return
    if node.function == "norm":
        yield Binary("**", replace(node, args=node.args[:1]), Number(Fraction(2)))
    for rule in book.rules:
        if rule.callable and rule.result == _NUMBER and len(rule.params) == 1 and rule.params[0].kind == "array":
            if not rule.literals and rule.name != node.function or len(node.args) > 1:
                yield Call(rule.name, node.args[:1])


# -- diag and what stands off the diagonal -----------------------------------------------------------------------------


def missing_diagonal(case):
    """The formula is the column of the slopes of an elementwise function, where a diagonal matrix belongs."""
    samples = case.scale.samples
    if any(v is None for v in case.values):
        return None
    for layout in case.targets:
        targets = [sample.target(layout) for sample in samples]
        if any(t.shape[0] != t.shape[1] or t.shape == (1, 1) for t in targets):
            continue
        if all(_same(case, _as_diagonal(v), t) for v, t in zip(case.values, targets)):
            call = Call("diag", (_column(case),))
            message = f"diag is missing: the Jacobian is {shown(call)}, with the slope of each entry on its diagonal"
            return Finding("shape", message + in_layout(case, layout), layout, call)
        if all(_same(case, _as_diagonal(v), t.diagonal().diag()) for v, t in zip(case.values, targets)):
            message = "your formula is right on the diagonal of the Jacobian only: it is not zero off the diagonal"
            return Finding("term", message + _off_diagonal(case, layout), layout)
    return None


def _off_diagonal(case, layout):
    """Return ', where it has the term ...' where one of the terms of the right answer is what is missing."""
    right = case.right(layout)
    found = terms(parse_tree(str(right))) if right is not None else []
    products = [term for number, term in found if term is not None and not isinstance(term, Call)]
    return f", {shown(products[0])} is left out" if len(found) == 2 and len(products) == 1 else ""


def _column(case):
    """Return the formula as a column: diag takes one."""
    return Transpose(case.tree) if case.values[0].shape[0] == 1 != case.values[0].shape[1] else case.tree


def _as_diagonal(value):
    """Return the diagonal matrix of a column or a row, a square matrix as it is."""
    return value.reshape(-1).diag() if 1 in value.shape else value


# -- one of several terms ------------------------------------------------------------------------------------------


def other_terms(case):
    """The formula is one of the terms of the derivative; the variable stands in the expression more than once."""
    if case.right_tree is None:
        return None
    found = [(number, term) for number, term in terms(case.right_tree) if term is not None]
    if not 2 <= len(found) <= 3:
        return None
    for index, (number, term) in enumerate(found):
        rest = [pair for place, pair in enumerate(found) if place != index]
        if _is(case, Factor(None, number).times(term)):
            tree = case.tree
            for other_number, other in rest:
                tree = added(tree, Factor(None, other_number), other)
            missing = " and ".join(shown(Factor(None, n).times(t)) for n, t in rest)
            word = "the other term" if len(rest) == 1 else "the other terms"
            message = f"{word} {missing} {'is' if len(rest) == 1 else 'are'} missing"
            uses = sum(isinstance(n, Name) and n.id == case.query.wrt for n in postorder(case.ground.tree))
            reason = f"{case.query.wrt} stands in the expression more than once: " if uses > 1 else ""
            return _found(case, "term", reason + message, tree)
    return None


# -- comparing ---------------------------------------------------------------------------------------------------------


def _derivative(case, tree):
    """Return the tree of the derivative of another expression of the same names, None where there is none."""
    elaborated = case.query.elaborated
    shapes = _plain({name: tuple(map(str, s)) for name, s in elaborated.shapes.items()})
    names = {n.id for n in postorder(tree) if isinstance(n, Name)}
    try:
        found = elaborate(unparse(tree), case.query.book, {n: s for n, s in shapes.items() if n in names}, _facts(case))
        tree = parse_tree(str(answer(replace(case.query, elaborated=found, layout=case.layouts[0]))))
        if any(isinstance(n, Call) and n.function == "detach" for n in postorder(tree)):
            again = elaborate(unparse(_varying_again(tree)), case.query.book, shapes, _facts(case))
            tree = parse_tree(expression_text(again.expression))
        return tree
    except MatcalcError:
        return None


def _varying_again(tree):
    """Return a tree without the calls of detach."""
    made = {}
    for node in postorder(tree):
        parts = [made[id(child)] for child in children(node)]
        detached = isinstance(node, Call) and node.function == "detach"
        made[id(node)] = parts[0] if detached else with_children(node, parts) if parts else node
    return made[id(tree)]


def _facts(case):
    return {name: sorted(words) for name, words in case.query.elaborated.facts.items() if words}


def _plain(shapes):
    """Return shapes as declarations have them: () for a scalar."""
    return {name: () if tuple(shape) == ("1", "1") else tuple(shape) for name, shape in shapes.items()}


def _is(case, tree, changed=lambda value: value):
    """Whether a tree has the values of the formula, or their transposes, at all samples."""
    found = case.scale.values(tree)
    if any(v is None or w is None for v, w in zip(found, case.values)):
        return False
    values = [changed(w) for w in case.values]
    return all(_same(case, w, v) for v, w in zip(found, values)) or all(
        _same(case, w, v.mT) for v, w in zip(found, values)
    )


def _same(case, value, target):
    return value.shape == target.shape and case.scale.error(value, target) <= case.scale.tolerance


def _found(case, diagnosis, message, tree=None):
    layout = case.layouts[0]
    return Finding(diagnosis, message + in_layout(case, layout), layout, tree)
