"""Numbers in front of an inner product: lambda of lambda x^T x, y of exp(-y w^T x), which an outer product would fit.

Products are read from the left, and y w^T x could be (y w^T) x of two columns. By its letter lambda is a number. A
label such as y is one where the whole is handed to a function of entries, added to a literal number or squared, and
all that stands in front of a quadratic form; u of x - u v^T x is a column.

Two lower-case names that multiply each other, as in w x + b and y \\log z, are numbers: columns have
no product, and no power.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ...language.syntax import Binary, Call, Name, Negate, Number, Transpose, Tree, children
from ...shapes.notes import Note
from ...shapes.reading import kind_of
from ...shapes.spelling import COLUMN, NUMBER, SCALAR, spelling_of
from .forms import BARS, EULER_POWER, OPEN_OPERATORS, POWER, PRODUCT
from .kinds import is_scalar

_NO_NAMES: frozenset[str] = frozenset()
_MOST_NAMES = 40
_ENTRYWISE = frozenset({"+", "-", "*", "/", "**", *OPEN_OPERATORS})


def weights_in(inference: Any) -> list[str]:
    """Return the open names of an inference that are numbers for the reason above, in the order of the alphabet."""
    places = [
        (name, product)
        for name, product in _before_rows(inference.order)
        if name in inference.names and name not in inference.arrays and inference._is_open(name)
    ]
    parents = {id(child): node for node in inference.order for child in children(node)} if places else {}
    found: dict[str, bool] = {}
    for name, product in places:
        found[name] = found.get(name, True) and _is_weight(name, product, inference, parents)
        if len(list(_chain(product, parents))) > 1:
            inference.doubtful.add(name)
    return sorted(name for name, weight in found.items() if weight)


def pairs_in(inference: Any) -> list[str]:
    """Return the open names of an inference that a product has two of, and nothing else than numbers beside them.

    And those of which a power is taken, together with what they are added to: w of (w c + b)^2.
    """
    inner = {id(node.left) for node in inference.order if _is_product(node)}
    found: set[str] = set()
    known: dict[int, frozenset[str] | None] = {}
    for node in inference.order:
        known[id(node)] = _entrywise_names(node, inference, known)
        if _is_product(node) and id(node) not in inner:
            factors = [known[id(factor)] for factor in _factors(node)]
            named = [names for names in factors if names is not None]
            if len(named) == len(factors) and sum(map(bool, named)) > 1:
                found |= set().union(*named)
        if isinstance(node, Binary) and node.op == POWER:
            found |= known[id(node.left)] or set()
    return sorted(found)


def _is_product(node: Tree) -> bool:
    return isinstance(node, Binary) and node.op == PRODUCT


def _factors(node: Tree) -> Iterator[Tree]:
    while isinstance(node, Binary) and node.op == PRODUCT:
        yield node.right
        node = node.left
    yield node


def _entrywise_names(node: Tree, inference: Any, known: dict[int, frozenset[str] | None]) -> frozenset[str] | None:
    """Return the open names with the letters of columns that a factor is made of entry by entry.

    None where it is made of anything else than these and numbers, and of more names than a factor has. ``known``: those
    of its operands.
    """
    parts: tuple[Tree, ...] | list[Tree] = ()
    if isinstance(node, Name):
        if is_scalar(inference.node_shapes[id(node)]) or spelling_of(node.id) in (NUMBER, SCALAR):
            return _NO_NAMES
        if node.id in inference.arrays or spelling_of(node.id) != COLUMN or not inference._is_open(node.id):
            return None
        return frozenset({node.id})
    if isinstance(node, Negate) or isinstance(node, Binary) and node.op in _ENTRYWISE:
        parts = children(node)
    elif isinstance(node, Call) and node.function in (BARS, EULER_POWER):
        parts = node.args
    elif isinstance(node, Call) and inference._is_elementwise(node):
        parts = inference._entry_arguments(node)
    elif not isinstance(node, Number):
        return None
    found = _NO_NAMES
    for part in parts:
        names = known[id(part)]
        if names is None:
            return None
        found = names if not found else found | names
    return found if len(found) <= _MOST_NAMES else None


def notes_on_weights(inference: Any) -> list[Note]:
    """Return what is said of the names in front of inner products that are no numbers by their letters."""
    found = []
    for name in sorted(inference.doubtful):
        kind, spelling = kind_of(inference.names[name]), spelling_of(name)
        if kind == COLUMN and spelling != NUMBER:
            found.append(Note.with_choice(f"{name} is read as a column", "as a number", [(name, ())]))
        elif kind == NUMBER and spelling == COLUMN:
            found.append(Note.with_choice(f"{name} is read as a number", "as a column", [(name, ("k", 1))]))
    return found


def _before_rows(order: list[Tree]) -> Iterator[tuple[str, Binary]]:
    """Yield the lower-case names that a row is multiplied to, with the product."""
    for node in order:
        if isinstance(node, Binary) and node.op == PRODUCT and isinstance(node.right, Transpose):
            name = _last_factor(node.left)
            if name is not None:
                yield name, node


def _last_factor(node: Tree) -> str | None:
    """Return the lower-case name that a product ends with, but for a sign: y of -2 y, and none of x^T y."""
    while not isinstance(node, Name):
        if isinstance(node, Negate):
            node = node.operand
        elif isinstance(node, Binary) and node.op == PRODUCT:
            if any(isinstance(part, Transpose) for part in (node.left, *children(node.left))):
                return None
            node = node.right
        else:
            return None
    return node.id if node.id[0].islower() else None


def _is_weight(name: str, product: Binary, inference: Any, parents: dict[int, Tree]) -> bool:
    """Return whether a name is a number in front of a row, which ``product`` multiplies it with."""
    spelling = spelling_of(name)
    if spelling == NUMBER:
        return True
    chain = list(_chain(product, parents))
    if len(chain) < 2:
        return False
    (turned,) = children(product.right)
    last = chain[-1].right
    if isinstance(turned, Name) and isinstance(last, Name) and turned.id == last.id:
        return True
    like_arrays = not isinstance(turned, Name) or spelling_of(turned.id) == SCALAR
    if spelling == SCALAR and not like_arrays:
        return True
    return spelling in (COLUMN, SCALAR) and _is_for_numbers(chain[-1], inference, parents)


def _chain(product: Tree, parents: dict[int, Tree]) -> Iterator[Binary]:
    """Yield a product and those whose left factor it is, one after the other."""
    above: Tree | None = product
    while isinstance(above, Binary) and above.op == PRODUCT:
        yield above
        product, above = above, parents.get(id(above))
        if not isinstance(above, Binary) or above.left is not product:
            return


def _is_for_numbers(node: Tree, inference: Any, parents: dict[int, Tree]) -> bool:
    """Return whether something is asked of a value that is mostly asked of numbers."""
    above = parents.get(id(node))
    while isinstance(above, Negate) or isinstance(above, Binary) and above.op in ("+", "-", "/", *OPEN_OPERATORS):
        if isinstance(above, Binary):
            other = above.left if above.right is node else above.right
            if above.op in ("+", "-") and is_scalar(inference.node_shapes[id(other)]) and not isinstance(other, Name):
                return True
            if above.op == POWER:
                return other is above.right
        node, above = above, parents.get(id(above))
    return isinstance(above, Call) and inference._is_elementwise(above)
