"""Text in the words of NumPy, PyTorch, JAX and TensorFlow to the language.

    statements and expressions (a tree of Python's notation)
      -> operations on arrays (:mod:`expand`), library functions by what the table says of them
      -> how many dimensions each name has (:mod:`ranks`)
      -> a tree of the language, a vector as a column or a row (:mod:`build`), its sizes, and its text
"""

from __future__ import annotations

import re
from contextlib import suppress
from typing import Any, NamedTuple

from ...errors import ShapeError
from ...language.syntax import names as names_of
from ...shapes.inference import Inference
from ...shapes.sizes import is_one
from .build import SizedInference, built, kinds, ordered, refuse_rows, refuse_stacks, with_sizes, written
from .expand import Context, Expansion
from .extents import has_sums, sizes_in, with_index_names
from .ranks import Ranks
from .statements import read_statements

_TORCH = re.compile(
    r"\b(?:torch|nn)\b|\bF\.[a-z]|\b(?:dim|keepdim|unbiased|correction)\s*=(?!=)"
    r"|\.(?:t|mm|mv|unsqueeze|requires_grad_|detach|numel|pow|backward)\("
)
_OTHERS = re.compile(r"\b(?:np|numpy|jnp|jax|tf|tensorflow|scipy)\b|\b(?:axis|keepdims|ddof)\s*=(?!=)")


class Reading(NamedTuple):
    """A text in the language, and the shapes that it was read under where they are not those it would be given."""

    text: str
    shapes: dict


def read_python(text: str, book: Any, declared: dict, context: Context | None = None) -> Reading:
    """Return what a text says in the language.

    ``declared``: {name: (rows, columns)} of SymPy sizes; a column may be a vector of one dimension.
    Raises ExpressionSyntaxError, UnknownNameError, UnknownFunctionError, ShapeError or LimitError.
    """
    program, order, dimensions = _ranked(text, book, declared, context or Context())
    values = built(order, dimensions)
    refuse_rows(order, values, text, {name for name, (rows, cols) in declared.items() if rows == cols})
    refuse_stacks(order, values, text, declared)
    tree = values[id(program.value)].tree
    found = {op.fixed[0]: dimensions[id(op)] for op in order if op.kind.name == "name"}
    places = {word: _place(values[id(op)], axis) for word, (op, axis) in program.places.items()}
    inference = SizedInference(tree, text, declared, book, found, places, program.equal)
    shapes = inference.run()
    tree = with_sizes(tree, inference)
    if has_sums(tree):
        used = {*names_of(tree), *shapes, *declared, *book.function_names(), "pi", "inf"}
        used |= sizes_in((*shapes.values(), *declared.values()))
        tree = with_index_names(tree, used)
        return Reading(written(tree, {}, used), _texts({n: s for n, s in shapes.items() if n not in declared}))
    named = {id(values[key].tree): name for key, (name, _) in program.named.items() if key in values}
    taken = {*names_of(tree), *declared, *book.function_names(), "pi", "inf"}
    known = _known(tree, text, declared, book, shapes, bool(program.places))
    return Reading(written(tree, named, taken), known)


def _ranked(text: str, book: Any, declared: dict, context: Context) -> tuple:
    """Return the program of a text, its operations in order, and how many dimensions each has."""
    expansion = Expansion(text, book, _dimensions(declared), context, _is_torch(text, context))
    program = expansion.program(read_statements(text))
    order = ordered(program.value, [value for value, _ in program.places.values()])
    return program, order, Ranks(text, order).find()


def dimensions_of(text: str, book: Any, declared: dict | None = None) -> dict[str, int]:
    """Return how many dimensions each variable of a text has in the library. Raises what :func:`read_python` does."""
    _, order, dimensions = _ranked(text, book, declared or {}, Context())
    return {op.fixed[0]: dimensions[id(op)] for op in order if op.kind.name == "name"}


def _place(value: Any, axis: int | None) -> tuple:
    """Return the tree of a value and the axis of it that a size is along."""
    if axis is None or value.dimensions == 2:
        return value.tree, None if axis is None else axis % 2
    return value.tree, 1 if value.is_row else 0


def _dimensions(declared: dict) -> dict:
    """Return {name: (possible numbers of dimensions, the likeliest first)} of declared shapes."""
    found: dict[str, tuple] = {}
    for name, (rows, cols) in declared.items():
        if is_one(rows) and is_one(cols):
            found[name] = ((0,),)
        else:
            found[name] = ((1, 2), (1, 2)) if is_one(cols) else ((2,),)
    return found


def _is_torch(text: str, context: Context) -> bool | None:
    """Return whether the text is torch's: True, False, or None where nothing says so."""
    modules = {full.partition(".")[0] for full in context.modules.values()}
    if _TORCH.search(text) or "torch" in modules:
        return True
    return False if _OTHERS.search(text) or modules else None


def _known(tree: Any, text: str, declared: dict, book: Any, shapes: dict, sized: bool) -> dict:
    """Return the shapes that have to be told with a tree: none where the language finds them, numbers last of all.

    ``sized``: whether the tree has sizes of its arrays, which are those letters then.
    """
    arrays = {name: shape for name, shape in shapes.items() if not all(map(is_one, shape))}
    for told in (arrays,) if sized else ({}, arrays):
        with suppress(ShapeError):
            if kinds(Inference(tree, text, {**declared, **told}, {}, book).run()) == kinds(shapes):
                return _texts(told)
    return _texts(shapes)


def _texts(shapes: dict) -> dict:
    return {name: tuple(str(size) for size in shape) for name, shape in shapes.items()}

