"""Open forms to the language's: @ or *, inv, solve and matpow, sums for products with ones, constants of known size."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from ...algebra.expressions import ONE
from ...errors import ShapeError, Span
from ...language.generators import Over
from ...language.syntax import Binary, Call, Name, Negate, Number, Transpose, children, names, postorder, with_children
from ...language.unparse import unparse
from ...presentation.forms import size_tree
from ...shapes.inference import Inference
from ...shapes.reading import kind_of
from ...shapes.sizes import find, is_one
from .forms import (
    BY_SHAPE,
    COUNTS,
    DOT_PRODUCT,
    FITTING,
    FITTING_EYE,
    FITTING_MATRIX,
    FITTING_ONES,
    FITTING_UNIT,
    FRACTION,
    LEFT_QUOTIENT,
    OPEN_OPERATORS,
    POWER,
    QUOTIENT,
    TIMES,
    is_bars,
)
from .inference import OpenInference
from .kinds import is_matrix, is_scalar
from .weights import notes_on_weights

_MOST_READINGS = 3
_TOTALS = frozenset({"sum", "mean", "max", "min", "prod", "norm", "norm1", "norm2"})


def resolve(tree, source, book, declared, syntax, notes=None, shapes=None, given=None):
    """Return the tree in the language for one with open forms.

    ``declared``: {name: (rows, columns)} of SymPy sizes; ``notes``: a list that takes what is said of the reading;
    ``shapes``: a dictionary that takes the shapes under which alone the result is right, as in declarations: of names
    which only a number fits, though the language takes them for arrays, and of those whose entries are counted;
    ``given``: {name: kind} of names whose kind is known without sizes.
    Raises ShapeError where the shapes admit no reading, or where the language would find other shapes in the result
    than those under which it was read; UnknownNameError or UnknownFunctionError.
    """
    notes, shapes = [] if notes is None else notes, {} if shapes is None else shapes
    given = given or {}
    kinds, first, fallback = given, None, None
    for _ in range(_MOST_READINGS):
        inference = OpenInference(tree, source, declared, book, syntax, kinds)
        try:
            found = inference.run()
        except ShapeError as error:
            first = first or error
            break
        said = []
        resolved = _Resolution(inference, said).tree(tree)
        differing = _differing(found, Inference(resolved, source, declared, {}, book, given).run())
        if not differing:
            notes += [*said, *notes_on_weights(inference)]
            shapes |= inference.counted
            return resolved
        if _are_factors(differing, found, inference):
            known = {name: found[name] for name in differing}
            if not _differing(found, Inference(resolved, source, {**declared, **known}, {}, book, given).run()):
                notes += [*said, *notes_on_weights(inference)]
                shapes |= {**inference.counted, **{name: tuple(map(str, shape)) for name, shape in known.items()}}
                return resolved
        fallback = fallback or (found, resolved, said, [name for name in differing if is_scalar(found[name])])
        # the language's rule has the last word, where the foreign form can be read so
        kinds = {**kinds, **{name: kind_of(shape) for name, shape in differing.items()}}
        name = next(iter(differing))
        first = first or _misfit(name, found, {name: differing[name]}, inference)

    def again(tree, scalars):
        return Inference(tree, source, {**declared, **dict.fromkeys(scalars, (ONE, ONE))}, {}, book, given).run()

    return _with_numbers(fallback, first, notes, shapes, again)


def _are_factors(differing, found, inference):
    r"""Return whether the names that the language takes for numbers are arrays, as factors of x \odot y are."""
    numbers = all(is_scalar(shape) and is_scalar(found[name]) is False for name, shape in differing.items())
    return numbers and differing.keys() <= inference.factors


def _with_numbers(fallback, error, notes, shapes, again):
    """Return the first reading where it is one under names declared as numbers, which go into ``shapes``."""
    found, resolved, said, scalars = fallback or ({}, None, [], [])
    if not scalars or _differing(found, again(resolved, scalars)):
        raise error
    shapes |= dict.fromkeys(scalars, ())
    notes += [*said, *(f"{name} is read as a number" for name in scalars)]
    return resolved


def _differing(found, spelled):
    """Return {name: shape} of the names to which the language gives another kind of shape."""
    return {n: spelled[n] for n in found if n in spelled and _kind(spelled[n]) != _kind(found[n])}


def _kind(shape):
    return tuple(is_one(size) for size in shape)


def _misfit(name, found, spelled, inference):
    """Return the error for a name that the language gives another kind of shape than the one it was read under."""
    return ShapeError(
        f"{name} can only be {_kind_text(found[name])} here, but by its spelling it is {_kind_text(spelled[name])}",
        source=inference.source,
        span=inference.name_nodes[name].span,
        hint=f'declare --shape "{name}: {_declaration(found[name])}"',
    )


def _kind_text(shape):
    rows, cols = _kind(shape)
    return "a scalar" if rows and cols else "a column" if cols else "a row" if rows else "a matrix"


def _declaration(shape):
    return "scalar" if is_scalar(shape) else "×".join(map(str, shape)) if not is_one(shape[1]) else str(shape[0])


def constant(node):
    """Return the value of a tree of numbers as a Fraction, None where it is not one."""
    if isinstance(node, Number):
        return node.value
    if isinstance(node, Negate):
        inner = constant(node.operand)
        return None if inner is None else -inner
    if isinstance(node, Binary) and node.op in ("/", QUOTIENT, FRACTION):
        above, below = constant(node.left), constant(node.right)
        return above / below if above is not None and below else None
    return None


class _Resolution:
    """Builds the tree in the language, bottom up; ``shapes`` are those of the nodes by id."""

    def __init__(self, inference, notes):
        self.inference, self.notes = inference, notes
        self.shapes = {key: tuple(map(find, shape)) for key, shape in inference.node_shapes.items()}
        self.built = {}

    def tree(self, root):
        for node in postorder(root):
            new = self._node(node)
            self.shapes[id(new)] = self.shapes[id(node)]
            self.built[id(node)] = new
        return self.built[id(root)]

    def _of(self, node):
        return self.built[id(node)]

    def _node(self, node):
        if isinstance(node, Negate):
            return _negated(self._of(node.operand), node.span)
        if isinstance(node, Transpose):
            return Transpose(self._of(node.operand), node.span)
        if isinstance(node, Call):
            return self._call(node)
        if isinstance(node, Over):
            return with_children(node, [self._of(child) for child in children(node)])
        if not isinstance(node, Binary):
            return node
        left, right = self._of(node.left), self._of(node.right)
        if node.op not in OPEN_OPERATORS:
            return Binary(node.op, left, right, node.span)
        if node.op == POWER:
            return self._power(node, left, right)
        if node.op == LEFT_QUOTIENT:
            if is_scalar(self.shapes[id(left)]):
                return Binary("/", right, left, node.span)
            return Call("solve", (left, right), (), node.span)
        if node.op in (QUOTIENT, FRACTION):
            if node.op == FRACTION or is_scalar(self.shapes[id(right)]):
                return Binary("/", left, right, node.span)
            return Binary("@", left, Call("inv", (right,), (), right.span), node.span)
        return self._product(node, left, right)

    def _product(self, node, left, right):
        shapes = self.shapes[id(left)], self.shapes[id(right)]
        if is_scalar(shapes[0]) or is_scalar(shapes[1]):
            return Binary("*", left, right, node.span)
        if node.op == DOT_PRODUCT and is_one(shapes[0][1]) and is_one(shapes[1][1]):
            return Call("dot", (left, right), (), node.span)
        if node.op == TIMES and is_one(shapes[0][1]) and is_one(shapes[1][1]):
            return Call("cross", (left, right), (), node.span)
        return self._sum(node, left, right) or Binary("@", self._by_rows(left), right, node.span)

    def _by_rows(self, node):
        """Return softmax(Z) by rows for the one that multiplies from the left: its rows are weights that add to 1."""
        if self.inference.syntax == "matlab" or not isinstance(node, Call) or node.keywords:
            return node
        rules = self.inference.book.overloads(node.function)
        if not any(rule.same for rule in rules):
            return node
        if is_matrix(self.shapes[id(node)]) is False:
            return node
        self.notes.append(f"{node.function} is read by rows, since it multiplies from the left; axis=0 is each column")
        by_rows = Call(node.function, node.args, (("axis", Number(Fraction(1), node.span)),), node.span)
        self.shapes[id(by_rows)] = self.shapes[id(node)]
        return by_rows

    def _sum(self, node, left, right):
        """A product with a column of ones is a sum; None where neither side is one."""
        if isinstance(node.right, Call) and node.right.function == FITTING_ONES:
            return self._summed(left, is_one(self.shapes[id(left)][0]), "axis=1", node.span)
        if isinstance(node.left, Transpose):
            inner = node.left.operand
            if isinstance(inner, Call) and inner.function == FITTING_ONES:
                return self._summed(right, is_one(self.shapes[id(right)][1]), "axis=0", node.span)
        return None

    def _summed(self, operand, whole, axis, span):
        if not whole:
            word, _, value = axis.partition("=")
            return Call("sum", (operand,), ((word, Number(Fraction(value))),), span)
        if isinstance(operand, Call) and operand.function == "sum" and operand.keywords:
            operand = operand.args[0]
        return Call("sum", (operand,), (), span)

    def _power(self, node, base, exponent):
        value = constant(exponent)
        if is_bars(node.left) and is_scalar(self.shapes[id(node)]) and not is_scalar(self.shapes[id(base)]):
            base = self._length(base)
        if is_scalar(self.shapes[id(base)]):
            exponent = exponent if value is None or value < 0 else Number(value, exponent.span)
            return Binary("**", base, exponent, node.span)
        self._refuse_power_of_column(node)
        if value is None:
            return Call("matpow", (base, exponent), (), node.span)
        if abs(value) == Fraction(1, 2):
            base = Call("sqrtm", (base,), (), node.span)
        if value in (-1, Fraction(-1, 2)):
            return Call("inv", (base,), (), node.span)
        if value in (1, Fraction(1, 2)):
            return base
        return Call("matpow", (base, Number(value, exponent.span)), (), node.span)

    def _length(self, absolute):
        """Return the length of a column for its absolute values, of which a power was taken, and say so."""
        inside = absolute.args[0]
        length = Call("norm", (inside,), (), absolute.span)
        self.shapes[id(length)] = (ONE, ONE)
        self.notes.append(f"the bars around {unparse(inside)}, a column, are read as its norm")
        return length

    def _refuse_power_of_column(self, node):
        """Raise for x^2 where only this power would make x, by its spelling a column, a matrix; so for (x - y)^2."""
        if self._is_column_repeated(node.left):
            raise self.inference.column_power_error(node)
        name = node.left.operand if isinstance(node.left, Transpose) else node.left
        if isinstance(name, Name) and name.id[0].islower() and name.id not in self.inference.declared:
            raise ShapeError(
                f"by its spelling {name.id} is a column, which has no power",
                source=self.inference.source,
                span=node.span,
                hint=f'{self.inference.entrywise_power_hint}, or declare --shape "{name.id}: n×n"',
            )

    def _is_column_repeated(self, node):
        """Return whether a matrix is a sum with a column or a row, repeated to be added to it."""
        stack = [node]
        while stack:
            part = stack.pop()
            if isinstance(part, Binary) and part.op in ("+", "-"):
                stack += (part.left, part.right)
            elif is_matrix(self.shapes[id(part)]) is False and not is_scalar(self.shapes[id(part)]):
                return True
        return False

    def _call(self, node):
        if node.function in FITTING:
            return self._constant(node)
        if node.function in COUNTS:
            return self._count(node)
        args = tuple(self._of(arg) for arg in node.args)
        if node.function in BY_SHAPE:
            return _of_all_entries(self._by_shape(node, args))
        if node.function == "log" and is_bars(node.args[0]):
            return _log_determinant(args[0], node.span)
        keywords = tuple((word, self._of(value)) for word, value in node.keywords)
        return _of_all_entries(Call(node.function, args, keywords, node.span))

    def _by_shape(self, node, operands):
        meaning, shape = BY_SHAPE[node.function], self.shapes[id(node.args[0])]
        build = meaning.vector
        if is_matrix(shape):
            build = meaning.square if meaning.square and shape[0] == shape[1] else meaning.matrix
        if build is None:
            raise ShapeError(
                f"{meaning.shown} of a matrix can mean two things",
                source=self.inference.source,
                span=node.span,
                hint=meaning.hint,
            )
        return build(*operands, node.span)

    def _count(self, node):
        """Return the number of entries, rows or columns of an array; its names get the shapes that they have here."""
        (operand,) = node.args
        if node.function == "length" and is_matrix(self.shapes[id(operand)]):
            message, hint = "the length of a matrix is its larger size", "write size(X, 1), size(X, 2) or numel(X)"
            raise ShapeError(message, source=self.inference.source, span=node.span, hint=hint)
        for name in names(operand):
            self.inference.counted[name] = tuple(str(find(size)) for size in self.inference.names[name])
        sizes = [_size(size, node.span) for size in COUNTS[node.function](*self.shapes[id(operand)])]
        sizes = [size for size in sizes if not (isinstance(size, Number) and size.value == 1)] or sizes[:1]
        return sizes[0] if len(sizes) == 1 else Binary("*", *sizes, node.span)

    def _constant(self, node):
        rows, cols = (_size(size, node.span) for size in self.shapes[id(node)])
        if node.function == FITTING_EYE:
            return Call("eye", (rows,), (), node.span)
        if node.function == FITTING_UNIT:
            return Call("e", (self._of(node.args[0]), rows), (), node.span)
        if node.function == FITTING_MATRIX:
            return Call("ones", (rows, cols), (), node.span)
        return Call("ones", (rows,), (), node.span)


def _negated(tree, span):
    """Return the negative of a tree; that of a product has the minus at its first factor, as it is written."""
    chain = []
    while isinstance(tree, Binary) and tree.op in "*/@":
        chain.append(tree)
        tree = tree.left
    tree = Negate(tree, Span(span.start, tree.span.end))
    for product in reversed(chain):
        tree = Binary(product.op, tree, product.right, Span(span.start, product.span.end))
    return tree


def _log_determinant(bars, span):
    """Return logdet(X) for log|X| and log|det(X)|; ``bars`` is what the bars were found to mean."""
    inner = bars.args[0]
    if bars.function == "det":
        return Call("logdet", bars.args, (), span)
    if isinstance(inner, Call) and inner.function == "det":
        return Call("logdet", inner.args, (), span)
    return Call("log", (bars,), (), span)


def _of_all_entries(call):
    """Return sum(X) for sum(vec(X)), and so for what else takes all entries together."""
    if isinstance(call, Call) and call.function in _TOTALS and len(call.args) == 1 and not call.keywords:
        (inner,) = call.args
        if isinstance(inner, Call) and inner.function == "vec":
            return Call(call.function, inner.args, (), call.span)
    return call


def _size(size, span):
    """Return the tree of a SymPy size, such as 3, n or m*n, all of it with one span."""
    built = {}
    for node in postorder(size_tree(find(size))):
        if isinstance(node, Binary):
            built[id(node)] = Binary(node.op, built[id(node.left)], built[id(node.right)], span)
        else:
            built[id(node)] = replace(node, span=span)
        last = built[id(node)]
    return last
