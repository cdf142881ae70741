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

from ...errors import MatcalcError, ShapeError
from ...language.subscripts import Range
from ...language.syntax import names as names_of
from ...shapes.inference import Inference
from ...shapes.lifting.einsum import letters_of
from ...shapes.sizes import is_one
from .build import SizedInference, built, kinds, ordered, refuse_rows, refuse_stacks, with_sizes, written
from .entries import PART
from .expand import Context, Expansion
from .extents import has_sums, sizes_in, with_index_names
from .odd_rows import OddRows
from .operations import EINSUM, ENTRYWISE, NAME, PRODUCT, SIZE
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


def read_python(
    text: str, book: Any, declared: dict, context: Context | None = None, stacks: dict | None = None
) -> Reading:
    """Return what a text says in the language.

    ``declared``: {name: (rows, columns)} of SymPy sizes; a column may be a vector of one dimension. ``stacks``: {name:
    (how many, rows, columns)} of the stacks of matrices among them.
    Raises ExpressionSyntaxError, UnknownNameError, UnknownFunctionError, ShapeError or LimitError.
    """
    stacks = stacks or {}
    program, order, dimensions = _read(text, book, declared, context or Context(), stacks)
    values = built(order, dimensions)
    refuse_rows(order, values, text, {name for name, (rows, cols) in declared.items() if rows == cols})
    refuse_stacks(order, values, text, declared)
    tree = values[id(program.value)].tree
    found = {op.fixed[0]: dimensions[id(op)] for op in order if op.kind.name == "name"}
    places = {word: _place(values[id(op)], axis) for word, (op, axis) in program.places.items()}
    inference = SizedInference(tree, text, declared, book, found, places, program.equal, stacks)
    shapes = {name: shape for name, shape in inference.run().items() if name in found}
    shapes |= inference.shapes_of_stacks()
    tree = with_sizes(tree, inference)
    if has_sums(tree) or inference.stacks:
        used = {*names_of(tree), *shapes, *declared, *book.function_names(), "pi", "inf"}
        used |= sizes_in((*shapes.values(), *declared.values()))
        tree = with_index_names(tree, used)
        return Reading(written(tree, {}, used), _texts({n: s for n, s in shapes.items() if n not in declared}))
    named = {id(values[key].tree): name for key, (name, _) in program.named.items() if key in values}
    taken = {*names_of(tree), *declared, *book.function_names(), "pi", "inf"}
    known = _known(tree, text, declared, book, shapes, bool(program.places))
    return Reading(written(tree, named, taken), known)


def _read(text: str, book: Any, declared: dict, context: Context, stacks: dict) -> tuple:
    """Return what :func:`_ranked` does; A[k] is a matrix of a stack where no vector fits, or makes matrices of columns.

    In x @ A[k] @ x a vector A[k] would make x a matrix, which a small letter is not; and a number A[k] @ x is not
    added to a vector b.
    """
    found, refused, odd = None, None, False
    try:
        found = _ranked(text, book, declared, context, stacks)
        _, order, dimensions = found
        multiplied = any(arg.kind is PART for op in order if op.kind is PRODUCT for arg in op.args)
        names = [op for op in order if op.kind is NAME and op.fixed[0] not in declared]
        odd = OddRows(order, dimensions, declared).any()
        if not odd and (
            not multiplied or not any(op.fixed[0][0].islower() and dimensions[id(op)] == 2 for op in names)
        ):
            return found
    except ShapeError as error:
        refused = error
    wanted = _taken_by_one(text, book, declared, context, stacks)
    if 3 in wanted.values():
        with suppress(MatcalcError):
            stacked = _ranked(text, book, declared, context, stacks, wanted)
            if not odd or not OddRows(stacked[1], stacked[2], declared).any():
                return stacked
    if refused is not None:
        raise refused
    return found or ()


def _taken_by_one(text: str, book: Any, declared: dict, context: Context, stacks: dict) -> dict[str, int]:
    """Return how many dimensions the undeclared names may have of which nothing but A[k] and b[k] is taken.

    A capital letter has three, and so has what is an operand of einsum with three letters; a small one whose b[k] is
    added to something has two.
    """
    _, order = _expanded(text, book, declared, context, stacks, {})
    added = {id(arg) for op in order if op.kind is ENTRYWISE and op.fixed[0] in ("+", "-") for arg in op.args}
    forms: dict[str, set[str]] = {}
    for op in order:
        words = letters_of(op.fixed[0], len(op.args), op.span, 3)[0] if op.kind is EINSUM else [""] * len(op.args)
        for arg, word in zip(op.args, words):
            if arg.kind is NAME:
                single = op.kind is PART and not isinstance(op.fixed[0], Range)
                form = "stack" if len(word) == 3 else "size" if op.kind is SIZE else ""
                form = ("added" if id(op) in added and len(op.fixed) == 1 else "part") if single else form
                forms.setdefault(arg.fixed[0], set()).add(form)
    found = {}
    for name, used in forms.items():
        used = used - {"size"}
        if used and name not in declared:
            stack = used == {"stack"} or name[0].isupper() and used <= {"part", "added", "stack"}
            found[name] = 3 if stack else 2 if used == {"added"} else 0
    return {name: dimensions for name, dimensions in found.items() if dimensions}


def _expanded(text: str, book: Any, declared: dict, context: Context, stacks: dict, wanted: dict[str, int]) -> tuple:
    known = {**_dimensions(declared), **dict.fromkeys(stacks, ((3,),))}
    known |= {name: ((count,),) for name, count in wanted.items()}
    expansion = Expansion(text, book, known, context, _is_torch(text, context))
    program = expansion.program(read_statements(text))
    return program, ordered(program.value, [value for value, _ in program.places.values()])


def _ranked(
    text: str, book: Any, declared: dict, context: Context, stacks: dict, wanted: dict[str, int] | None = None
) -> tuple:
    """Return the program of a text, its operations in order, and how many dimensions each has.

    ``wanted``: how many some names have to have.
    """
    program, order = _expanded(text, book, declared, context, stacks, wanted or {})
    return program, order, Ranks(text, order).find()


def dimensions_of(text: str, book: Any, declared: dict | None = None) -> dict[str, int]:
    """Return how many dimensions each variable of a text has in the library. Raises what :func:`read_python` does."""
    _, order, dimensions = _ranked(text, book, declared or {}, Context(), {})
    return {op.fixed[0]: dimensions[id(op)] for op in order if op.kind.name == "name"}


def _place(value: Any, axis: int | None) -> tuple:
    """Return the tree of a value and the axis of it that a size is along."""
    if value.dimensions == 3:
        return value.tree, axis
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

