"""What is known of a surface tree before anything is computed: sizes, the shapes of all nodes, the rules of its calls.

Shared by torch's evaluation and the exact one; it knows the language and the rule book, and needs neither torch nor
NumPy. All walks are iterative.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING

from ..bounds import MAX_CHECKED_ENTRIES as MAX_ENTRIES
from ..errors import LimitError, ShapeError
from ..language.generators import Over
from ..language.syntax import Binary, Call, Name, Negate, Number, String, Transpose, names, outside_sums, postorder
from ..rulebook.entries import size_tree
from .loops import runs
from .sizes import whole_number

if TYPE_CHECKING:
    from ..rulebook.entries import Rule

COMPARISON = re.compile(r"(\w+)\s*([<>])\s*(-?\d+)$")
_INTEGER = re.compile(r"integer\((\w+)\)$")


def fit_sizes(rule, shapes):
    """Return the sizes under which the parameters of a rule have these shapes, or None where they do not fit.

    ``shapes``: for each parameter (rows, columns), or an int for a size or an index.
    """
    if rule.elementwise:
        common = _common_shape(shapes)
        shapes = [common if p.kind == "array" else shape for p, shape in zip(rule.params, shapes)]
    found = _bound(rule, shapes)
    if found is None:
        return None
    sizes, later = found
    if rule.equates or later:
        sizes |= {p.name: shape for p, shape in zip(rule.params, shapes) if isinstance(shape, int)}
    if rule.equates:
        one, other = (whole_number(size_tree(side), sizes) for side in rule.equates.split(" = "))
        if one != other:
            return None
    if not _divided(later, sizes):
        return None
    return sizes if all(whole_number(tree, sizes) == value for tree, value in later) else None


def _bound(rule: Rule, shapes: list) -> tuple[dict, list] | None:
    """Return the sizes that stand alone in a signature, and its products with their values; None without a fit."""
    sizes, later = {}, []
    for parameter, shape in zip(rule.params, shapes):
        if isinstance(shape, int):
            if parameter.kind == "size" and sizes.setdefault(parameter.name, shape) != shape:
                return None
            continue
        if shape is None or parameter.kind != "array":
            if shape not in (None, (1, 1)):
                return None
            continue
        for text, value in zip(parameter.sizes, shape):
            tree = size_tree(text)
            if not isinstance(tree, Name):
                later.append((tree, value))
            elif sizes.setdefault(tree.id, value) != value:
                return None
    return sizes, later


def _divided(products: list, sizes: dict) -> bool:
    """Add the sizes that stand as factors only, the r of r*k; return False where a product is not divided."""
    for tree, value in products:
        unknown = [name for name in names(tree) if name not in sizes]
        if len(unknown) == 1:
            known = whole_number(tree, {**sizes, unknown[0]: 1})
            if value % known:
                return False
            sizes[unknown[0]] = value // known
    return True


def _common_shape(shapes):
    arrays = [s for s in shapes if not isinstance(s, int)]
    return max(s[0] for s in arrays), max(s[1] for s in arrays)


def shape_function(texts: Iterable) -> Callable:
    """Return the function that gives, for known sizes, the (rows, columns) that texts or numbers say."""
    return lambda sizes: tuple(whole_number(size_tree(str(text)), sizes) for text in texts)


def result_shape(rule, sizes):
    """Return the (rows, columns) that the signature of a rule gives for known sizes."""
    return tuple(whole_number(size_tree(text), sizes) for text in rule.result)


@lru_cache(maxsize=1024)
def integer_parameters(rule):
    """Return the names of the scalars that are integers: by integer(k), or compared by a condition such as k > 1."""
    texts = [*rule.where, *[text for formula in rule.differentials for text in formula.where]]
    return {match[1] for pattern in (COMPARISON, _INTEGER) for match in map(pattern.match, texts) if match}


def integer_names(tree, book):
    """Return the names in a surface tree that stand where only an integer can: the k of matpow(X, k)."""
    found = set()
    for node in postorder(tree):
        if isinstance(node, Call):
            rule = book.lookup(node)[0]
            for parameter, arg in zip(rule.params, node.args):
                if parameter.name in integer_parameters(rule):
                    found |= {n.id for n in postorder(arg) if isinstance(n, Name)}
    return found


# -- the shapes of all nodes, before anything is computed --------------------------------------------------


def work(tree, shapes, sizes, book, has_places=True):
    """Return about how many multiplications an evaluation takes, and the shape of the value.

    ``shapes`` maps the names to (rows, columns); ``has_places``: whether the places that indices take are there, which
    those of a sum without terms are not. Raises LimitError where a node is too large to be held,
    ShapeError where the shapes do not fit.
    """
    found, total = {}, 0
    for node in postorder(tree, outside_sums):
        if isinstance(node, Over):
            terms = list(runs(node, sizes))
            one = terms[0] if terms else {**sizes, **dict.fromkeys(node.indices, 0)}
            effort, found[id(node)] = work(node.body, shapes, one, book, has_places and bool(terms))
            total += effort * len(terms)
            continue
        shape = _shape(node, found, shapes, sizes, book, has_places)
        found[id(node)] = shape
        if shape is not None:
            entries = shape[0] * shape[1]
            if entries > MAX_ENTRIES:
                raise LimitError(
                    f"too large to check: a matrix of {shape[0]}×{shape[1]}",
                    span=node.span,
                    hint="declare smaller sizes",
                )
            total += entries * _inner(node, found)
    return total, found[id(tree)]


def _inner(node, found):
    """Return the factor by which computing a node takes longer than writing it down."""
    if isinstance(node, Binary) and node.op == "@":
        return found[id(node.left)][1]
    if isinstance(node, Call):
        return max([1, *[max(found[id(arg)]) for arg in node.args if found[id(arg)] is not None]])
    return 1


def _shape(node, found, shapes, sizes, book, has_places):
    if isinstance(node, Name):
        return shapes.get(node.id, (1, 1))
    if isinstance(node, (Number, String)):
        return (1, 1) if isinstance(node, Number) else None
    if isinstance(node, Negate):
        return found[id(node.operand)]
    if isinstance(node, Transpose):
        return found[id(node.operand)][::-1]
    if isinstance(node, Binary):
        left, right = found[id(node.left)], found[id(node.right)]
        return product_shape(node, left, right) if node.op == "@" else broadcast_shape(node, left, right)
    _, fitted = choose_among(book.lookup(node), node, [found[id(arg)] for arg in node.args], sizes, has_places)
    return fitted[1]


def product_shape(node, left, right):
    """Return the shape of a matrix product; raises ShapeError."""
    if left[1] != right[0]:
        raise ShapeError(
            f"shapes do not fit in '@': {left[0]}×{left[1]} and {right[0]}×{right[1]}",
            span=node.span,
            hint="the columns of the left side are as many as the rows of the right side",
        )
    return left[0], right[1]


def broadcast_shape(node, left, right):
    """Return the shape of an elementwise operation; raises ShapeError."""
    for one, other in zip(left, right):
        if one != other and 1 not in (one, other):
            raise ShapeError(
                f"shapes do not fit in '{node.op}': {left[0]}×{left[1]} and {right[0]}×{right[1]}",
                span=node.span,
                hint="an elementwise operation takes operands of one shape",
            )
    return tuple(other if one == 1 else one for one, other in zip(left, right))


def choose_rule(node, shapes, sizes, book):
    """Return the first rule that fits a call, and (its sizes, the shape of its result).

    ``shapes`` are those of the arguments, literals included; diag(v) and diag(X) are told apart by them.
    """
    return choose_among(book.lookup(node), node, shapes, sizes)


def choose_among(rules, node, shapes, sizes, has_places=True):
    """Return what :func:`choose_rule` does, of the rules that fit the literals and the number of arguments."""
    for rule in rules:
        given = [
            whole_number(arg, sizes) if parameter.is_whole else shape
            for parameter, arg, shape in zip(rule.params, node.args, shapes)
        ]
        fitted = fit_sizes(rule, given)
        if fitted is not None:
            fitted.update({name: sizes[name] for name in rule.free_sizes})
            fitted.update(_places(node, rule, given, fitted, has_places))
            if rule.has_step:
                fitted["k"] = len(_stepped_range(node, rule, fitted))
            shape = _common_shape(given) if rule.elementwise else result_shape(rule, fitted)
            return rule, (fitted, shape)
    shown = ", ".join(f"{s[0]}×{s[1]}" for s in shapes if s is not None)
    raise ShapeError(
        f"{node.function} does not take the shapes {shown}", span=node.span, hint=f"see matcalc rules {node.function}"
    )


@lru_cache(maxsize=4096)
def choose_known(rules: tuple[Rule, ...], shapes: tuple) -> tuple[Rule, dict, tuple] | None:
    """Return (rule, its sizes, the shape of its result) where shapes alone decide, None where more does or none fits.

    The sizes are shared: they are not to be changed.
    """
    for rule in rules:
        if rule.free_sizes or any(parameter.is_whole for parameter in rule.params):
            return None
        fitted = fit_sizes(rule, shapes)
        if fitted is not None:
            return rule, fitted, _common_shape(shapes) if rule.elementwise else result_shape(rule, fitted)
    return None


def some_places(rule: Rule) -> dict[str, int]:
    """Return places for the indices and bounds of a rule, within every size that is drawn.

    Every second place, backwards, needs larger sizes than others do: they are set as well.
    """
    if rule.has_step:
        sizes = {name: 5 + turn for turn, name in enumerate(name for name in rule.params[0].sizes if name != "1")}
        count = 2 if any(p.name == "b" for p in rule.params) else 3
        return {**sizes, "a": 4, "b": 0, "s": -2, "k": count}
    return {p.name: 2 if p.name == "b" else 1 for p in rule.params if p.kind in ("index", "bound")}


def _places(node, rule, given, fitted, has_places):
    """Return {parameter: place from 0} of the indices and bounds of a call; raises ShapeError where one is outside.

    Without places they are as they stand: only how far they are apart is asked for.
    """
    found = {}
    for parameter, value in zip(rule.params, given):
        if parameter.kind not in ("index", "bound"):
            continue
        size = fitted[parameter.sizes[0]]
        place = value + size if value < 0 and has_places else value
        if has_places and not 0 <= place < size + (parameter.kind == "bound"):
            raise ShapeError(
                f"there is no place {value} among {size}",
                span=node.span,
                hint=f"places count from 0 to {size - 1}",
            )
        found[parameter.name] = place
    if rule.has_step:
        return {**found, "s": given[-1]}
    ends = [found[p.name] for p in rule.params if p.kind == "bound"]
    if has_places and rule.params[-1].kind == "bound" and not _is_range(rule, ends, fitted):
        raise ShapeError("the slice is empty", span=node.span, hint="write X[1:3, :] with the smaller bound first")
    return found


def _stepped_range(node: Call, rule: Rule, sizes: Mapping[str, int]) -> range:
    """Return the places of a slice with a step; raises ShapeError where there is none."""
    start, stop, step = sizes["a"], sizes.get("b"), sizes["s"]
    size = sizes[rule.params[1].sizes[0]]
    if start == size:
        hint = f"places count from 0 to {size - 1}"
        raise ShapeError(f"there is no place {start} among {size}", span=node.span, hint=hint)
    if stop is None:
        stop = size if step > 0 else -1
    if not range(start, stop, step):
        raise ShapeError("the slice is empty", span=node.span, hint="write x[1:9:2], and x[9:1:-2] backwards")
    return range(start, stop, step)


def _is_range(rule, ends, fitted):
    """Return whether the places of a slice are at least one: a:b, a: or :b."""
    last = rule.params[-1]
    if len(ends) == 2:
        return ends[0] < ends[1]
    return ends[0] > 0 if last.name == "b" else ends[0] < fitted[last.sizes[0]]


def equated(rule, sizes):
    """Return sizes with which the products are equal that a rule equates: k = n*m, and p*q as n*m turned round."""
    if not rule.equates:
        return sizes
    one, other = rule.equates.split(" = ")
    if one in sizes:
        return {**sizes, one: whole_number(size_tree(other), sizes)}
    left, right = one.split("*"), other.split("*")
    return {**sizes, **dict(zip(right, [sizes[name] for name in reversed(left)], strict=True))}
