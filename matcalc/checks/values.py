"""The values of derivatives for arrays that a user gives, and the conditions that these break."""

from __future__ import annotations

from difflib import get_close_matches

import numpy
import torch

from ..budget import limited
from ..errors import DomainError, ShapeError, UnknownNameError, warn_of_broken
from ..evaluation.evaluate import evaluate
from ..evaluation.fitting import whole_number
from ..evaluation.frames import without_tables
from ..evaluation.places import bound_sizes
from ..evaluation.points import Point
from ..evaluation.predicates import broken
from ..language.syntax import Call, Name, postorder
from ..language.unparse import unparse
from ..rulebook.entries import size_tree
from ..rulebook.facts import is_complex
from ..words import shown_shape

# where a condition holds by less than this, the form that needs it may have lost its digits
_DOUBTFUL = 1e-9


@limited("evaluating")
def evaluate_derivative(derivative, arrays):
    """Return the value of a derivative for given arrays: a NumPy array, or a float for a scalar.

    ``arrays`` maps the names to NumPy arrays, nested lists, numbers, tensors or tables; a column may be a vector.
    Raises ShapeError where they do not fit the shapes, UnknownNameError where one is missing or not known,
    DomainError where the derivative has no value there.
    """
    _refuse_unknown(derivative.tree, derivative.book)
    points = points_of(derivative, arrays)
    results = [_value_somewhere(derivative, point).resolve_conj().numpy() for point in points]
    if derivative.query.every and derivative.query.every not in arrays:
        return numpy.stack(results)
    return results[0][0, 0].item() if derivative.shape == () else results[0]


def points_of(derivative, arrays):
    """Return the points that arrays by name make: one, by a stack one for each of its matrices."""
    every = derivative.query.every
    if not every or every in arrays:
        return [given_point(derivative, arrays)]
    first = given_point(derivative, {**arrays, every: 0})
    count = whole_number(derivative.elaborated.stacks[derivative.wrt][0], first.sizes)
    return [Point(first.arrays, {**first.sizes, every: place}) for place in range(count)]


@limited("evaluating")
def evaluate_expression(expression, arrays):
    """Return the value of an expression as it was written; the arguments and what is raised as of a derivative."""
    tree = expression.elaborated.tree
    _refuse_unknown(tree, expression.book)
    point = given_point(expression, arrays)
    result = evaluate(tree, point.arrays, point.sizes, expression.book).resolve_conj().numpy()
    return result[0, 0].item() if expression.shape == () else result


def _refuse_unknown(tree, book):
    """Raise DomainError where an unknown function stands in a tree."""
    calls = [node for node in postorder(tree) if isinstance(node, Call)]
    for rule in (rule for call in calls for rule in book.lookup(call)):
        if rule.unknown:
            raise DomainError(
                f"{rule.name} is an unknown function, which has no values", hint="put its formula in"
            )


@limited("evaluating")
def derivative_tensor(derivative, given):
    """Return the value of a derivative for given arrays with an axis for each index: those of the function first."""
    query, points = derivative.query, points_of(derivative, given)
    found = [_tensor_at(derivative, point) for point in points]
    if not query.every or query.every in given:
        return found[0]
    return numpy.stack(found, axis=numpy.ndim(found[0]) - sum(size != 1 for size in _shape_of(query.variable)))


def _shape_of(part):
    """Return the (rows, columns) of a part of an array, of which a number has none."""
    return getattr(part, "shape", (1, 1))


def _tensor_at(derivative, point):
    query, matrix = derivative.query, _value_somewhere(derivative, point)
    value = evaluate(query.elaborated.tree, point.arrays, point.sizes, derivative.book)
    if query.part is None:
        variables = [tuple(point.arrays[name].shape) for name in query.free]
        declared = [query.elaborated.shapes[name] for name in query.free]
    else:
        part = evaluate(query.part.tree, point.arrays, point.sizes, derivative.book)
        variables, declared = [tuple(part.shape)] * query.order, [_shape_of(query.variable)] * query.order
    shapes = [tuple(value.shape), *variables]
    if derivative.turned:
        matrix = matrix.mT
    arrays = sum(shape != (1, 1) for shape in shapes[1:])
    if arrays and (shapes[0] != (1, 1) or len(query.free) == 2 or arrays == 2):
        stacked = matrix.reshape([size for shape in shapes for size in shape[::-1]])
        matrix = stacked.permute([2 * (k // 2) + 1 - k % 2 for k in range(stacked.ndim)])
    axes = [size for sizes, shape in zip([derivative.function_shape, *declared], shapes) for size in
            (length for text, length in zip(sizes, shape) if text != 1)]
    found = matrix.reshape(axes).numpy()
    return found if axes else float(found)


def broken_conditions(derivative, arrays):
    """Return the conditions of a derivative that given arrays break, as texts; raises what evaluating it raises."""
    point = given_point(derivative, arrays)
    return [condition.told(derivative.text) for condition in broken(derivative.conditions, point, derivative.book)]


def given_point(derivative, arrays):
    """Return the Point that arrays by name make; raises ShapeError and UnknownNameError as evaluating does."""
    elaborated = derivative.elaborated
    known = list(elaborated.shapes)
    places = {name: _whole(name, arrays[name]) for name in elaborated.sizes if name in arrays}
    arrays = {name: array for name, array in arrays.items() if name not in places}
    for name in arrays:
        if name not in known:
            close = get_close_matches(name, known, 1, 0.3)
            raise UnknownNameError(
                f"no variable '{name}' in the expression",
                hint=f"did you mean {close[0]}?" if close else f"the names are {', '.join(known)}",
            )
    missing = [name for name in known if name not in arrays]
    if missing:
        raise UnknownNameError(f"no value for {', '.join(missing)}", hint=f"write evaluate({missing[0]}=...)")
    values, sizes = {}, dict(places)
    shapes = {name: tuple(map(str, shape)) for name, shape in elaborated.shapes.items()}
    stacks = elaborated.stacks
    for name in stacks:
        values[name] = _stack(name, arrays[name], tuple(map(unparse, stacks[name])), sizes)
    for name, array in without_tables({n: a for n, a in arrays.items() if n not in stacks}, shapes).items():
        values[name] = _tensor(name, array, shapes[name], is_complex(elaborated.facts.get(name, frozenset())))
        _bind(name, shapes, values, sizes)
    bound_sizes([(text, size) for name in values for text, size in zip(shapes[name], values[name].shape)], sizes)
    for name, array in values.items():
        _fits_declared(name, shapes, array, sizes)
    for name, size in elaborated.sizes.items():
        if name not in sizes and str(size) == name:
            what = "index" if name in elaborated.indices else "size"
            raise UnknownNameError(f"no value for the {what} {name}", hint=f"write evaluate({name}=1)")
        sizes[name] = whole_number(size_tree(str(size)), sizes)
    return Point(values, sizes)


def _value_somewhere(derivative, point):
    """Return the value of the printed form, or that of the form that holds everywhere; warn where none is sure to.

    The second where the first has no value, and where its conditions are broken or nearly so: det(X)*inv(X).T has no
    correct digits at a matrix that is singular but for rounding.
    """
    book, trouble, found = derivative.book, None, None
    doubtful = broken(derivative.conditions, point, book, _DOUBTFUL)
    forms = [derivative.everywhere, derivative] if doubtful else [derivative, derivative.everywhere]
    for form in dict.fromkeys(forms):
        try:
            found = evaluate(form.tree, point.arrays, point.sizes, book)
        except DomainError as error:
            trouble = trouble or error
            continue
        if torch.isfinite(found).all():
            warn_of_broken(broken(form.conditions, point, book) if doubtful else ())
            return found
    if found is None:
        raise trouble
    warn_of_broken(broken(doubtful, point, book))
    return found


def _whole(name, value):
    """Return the value of an index or a size; raises ShapeError where it is no whole number."""
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = 0.5
    if number < 0 or number != int(number):
        raise ShapeError(f"{name} is not a whole number from 0", hint=f"write evaluate({name}=1)")
    return int(number)


def _tensor(name, array, shape, is_complex=False):
    """Return an array of the user's as a float64 tensor of two dimensions; a vector is a column, or a row.

    Of a complex name the tensor is of complex numbers.
    """
    if isinstance(array, torch.Tensor):
        array = array.detach().cpu().resolve_conj().numpy()
    wrong = ShapeError(f"{name} is not an array of numbers", hint="give a NumPy array, a nested list or a number")
    try:
        given = numpy.asarray(array)
        if given.dtype.kind in "US" or given.dtype.kind == "O" and any(entry is None for entry in given.flat):
            raise wrong
        if given.dtype.kind == "c" and not is_complex:
            hint = f'declare it: assume={{"{name}": ["complex"]}}'
            raise ShapeError(f"{name} is declared real, and complex numbers are given", hint=hint)
        value = given.astype(numpy.complex128 if is_complex else numpy.float64)
    except (TypeError, ValueError) as error:
        raise wrong from error
    if value.ndim > 2:
        raise ShapeError(
            f"{name} has {value.ndim} dimensions, and its shape is {'×'.join(shape)}", hint="give at most two"
        )
    if value.ndim < 2:
        value = value.reshape(1, -1) if shape[0] == "1" else value.reshape(-1, 1)
    return torch.from_numpy(value.copy())


def _stack(name, array, sizes_of_stack, sizes):
    """Return a user's stack of matrices as a tensor in which they stand one below another; binds its sizes."""
    value = numpy.asarray(array.detach().cpu().numpy() if isinstance(array, torch.Tensor) else array)
    shown = shown_shape(sizes_of_stack)
    if value.ndim != 3 or value.dtype.kind not in "fiub":
        given = "×".join(map(str, value.shape)) or "a number"
        what = f"an array of {given}" if value.dtype.kind in "fiub" else "no array of real numbers"
        message = f"{name} is a stack of matrices, {shown}, and {what} is given"
        raise ShapeError(message, hint=f"give {name} as an array of {shown}")
    for text, given in zip(sizes_of_stack, value.shape):
        tree = size_tree(text)
        expected = sizes.setdefault(tree.id, given) if isinstance(tree, Name) else None
        expected = whole_number(tree, sizes) if text.isdigit() else expected
        if expected not in (None, given):
            shape = "×".join(map(str, value.shape))
            message = f"{name} is {shape}, but its shape is {shown} ({text} = {expected})"
            raise ShapeError(message, hint=f"give {name} as an array of {shown}")
    return torch.from_numpy(value.astype(numpy.float64).reshape(-1, value.shape[2]))


def _bind(name, shapes, values, sizes):
    for text, given in zip(shapes[name], values[name].shape):
        tree = size_tree(text)
        if isinstance(tree, Name) and sizes.setdefault(tree.id, given) != given:
            raise _unfit(name, shapes[name], values[name], f"{tree.id} = {sizes[tree.id]}")


def _fits_declared(name, shapes, array, sizes):
    expected = tuple(whole_number(size_tree(text), sizes) for text in shapes[name])
    if expected != tuple(array.shape):
        raise _unfit(name, shapes[name], array, f"here {expected[0]}×{expected[1]}")


def _unfit(name, shape, array, known):
    given = "×".join(map(str, array.shape))
    if tuple(shape) == ("1", "1"):
        entries = f"an array of {given}" if 1 not in array.shape else f"an array of {array.numel()} entries"
        return ShapeError(
            f"{name} is read as a number, and {entries} is given",
            hint=f'declare it: shapes={{"{name}": ("n", {1 if 1 in array.shape else chr(34) + "m" + chr(34)})}}',
        )
    return ShapeError(
        f"{name} is {given}, but its shape is {shown_shape(shape)} ({known})",
        hint=f"give {name} as an array of {shown_shape(shape)}",
    )
