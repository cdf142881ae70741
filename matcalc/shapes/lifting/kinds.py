"""What an entry x[i] is: a number, a column or a row, by declarations, then by use, then by spelling.

The formula is read as one without indices, in which every x[i] is a name of its own. A name that fits as a number is
one; a name that use makes an array stands for a vector, and x is a matrix that has it in its rows.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from ...algebra.expressions import dimension
from ...errors import MatcalcError
from ...language.generators import Over
from ...language.stacks import Stacks
from ...language.subscripts import MEMBER, is_subscript
from ...language.syntax import Binary, Call, Name, Negate, Transpose, Tree, children, postorder, with_children
from ...words import CONSTANTS
from ..inference import Inference
from ..reading import kind_of
from ..sizes import find
from ..spelling import NUMBER, spelling_of
from .choice import Choice
from .trees import key, occurring

_NORMS = frozenset({"norm", "norm1", "norm2"})
_FIXED = {"[i, :]": "row", "[:, j]": "column", "[i, j]": "number", MEMBER: "matrix"}


class Reading:
    """The kinds of the nodes of a tree: ``kinds`` maps ids to "number", "column", "row" or "matrix".

    ``tree`` is the tree with x[i] as x[i, :] or x[i, :].T where it is a vector. Raises ShapeError.
    """

    def __init__(self, tree: Tree, source: str, book: Any, declared: dict, stacks: Stacks) -> None:
        self.source, self.book, self.declared, self.stacks = source, book, declared, stacks
        nodes = postorder(tree)
        self.indices = {name for node in nodes if isinstance(node, Over) for name in node.indices}
        self.matrices = {key(node.args[0]) for node in nodes if is_subscript(node) and node.function in _FIXED}
        self.entries: dict[str, str] = {}
        self.within: dict[str, str] = {}  # the names in arrays that are subscripted and are no names
        self.tree = self._with_vectors(tree, self._decided(self._without_indices(tree)))
        inference = self._inference(self._without_indices(self.tree), self.entries)
        inference.run()
        self.sizes = set(inference.sizes)
        shapes = inference.node_shapes
        plain = {name: shape for name, shape in inference.names.items() if name.isidentifier()}
        self.names = {name: kind_of(shape) or "matrix" for name, shape in plain.items()}
        self.kinds = {
            place: kind_of(shapes[id(node)]) or "matrix" for place, node in self.images.items() if id(node) in shapes
        }
        self.at_odds = self._at_odds()

    def _without_indices(self, tree: Tree) -> Tree:
        """Return the tree in which every entry by an index is a name, and every sum is its term."""
        self.images: dict[int, Tree] = {}
        self.named: dict[str, str] = {}
        self.open: dict[str, str] = {}
        self.terms: list[Tree] = []
        for node in postorder(tree):
            self.images[id(node)] = self._image(node)
        return self.images[id(tree)]

    def _image(self, node: Tree) -> Tree:
        if isinstance(node, Over):
            self.terms.append(self.images[id(node.body)])
            return self.terms[-1]
        if is_subscript(node) and (node.function == MEMBER or self._has_index(node)):
            return self._entry(node)
        parts = [self.images[id(child)] for child in children(node)]
        return with_children(node, parts)

    def _has_index(self, node: Call) -> bool:
        return any(occurring(place) & self.indices for place in node.args[1:])

    def _entry(self, node: Call) -> Name:
        base, form = key(node.args[0]), node.function
        name = self.named.setdefault(f"{base} {form}", key(node))
        if form in _FIXED:
            self.entries[name] = _FIXED[form]
        elif form == "[i]":
            self.open[name] = base
        return Name(name, node.span)

    def _inference(self, tree: Tree, kinds: dict[str, str], known: dict[str, tuple] | None = None) -> Inference:
        occurs = occurring(tree)
        given = {**dict.fromkeys(self.indices - self._places(tree), "number"), **kinds}
        given = {name: kind for name, kind in given.items() if name in occurs and name not in self.declared}
        partial = {**(known or {}), **self._members()}
        given = {name: kind for name, kind in given.items() if name not in partial}
        return Inference(tree, self.source, self.declared, {}, self.book, given, partial)

    def _at_odds(self) -> set[str]:
        """Return the arrays X of which the rows X[i] are an odd reading, as matrices X[i] of a stack are not.

        Those whose X[i]@w is a number that is added to an array, or summed to what may be a column, or is one of a
        column and a row that nobody turned.
        """
        found: set[str] = set()
        squared = {id(node.left) for node in postorder(self.tree) if isinstance(node, Binary) and node.op == "**"}
        for node in postorder(self.tree):
            if not isinstance(node, Binary) or node.op not in ("+", "-", "@"):
                continue
            one, other = (self.kinds.get(id(side)) for side in (node.left, node.right))
            if node.op == "@":
                if one == "column" and other == "row" and _is_entry(node.right):
                    found |= _rows_in(node.left)
            elif (one == "number") != (other == "number"):
                found |= _rows_before(node.left if one == "number" else node.right)
            elif one == other == "number" and id(node) not in squared:
                for total, side in ((node.left, node.right), (node.right, node.left)):
                    found |= _rows_summed(total) if self._may_be_column(side) else set()
        return found

    def _may_be_column(self, tree: Tree) -> bool:
        """Return whether a name, or a multiple of one, is a number because nothing says otherwise."""
        while isinstance(tree, Negate) or isinstance(tree, Binary) and tree.op == "*":
            tree = tree.operand if isinstance(tree, Negate) else tree.right
        own = isinstance(tree, Name) and tree.id not in self.declared and tree.id not in self.indices
        return isinstance(tree, Name) and own and tree.id not in CONSTANTS and spelling_of(tree.id) != NUMBER

    def shapes_with(self, known: dict[str, tuple]) -> dict[str, tuple]:
        """Return the shapes of all names where those of some are known, None for a size that is not."""
        inference = self._inference(self._without_indices(self.tree), self.entries, known)
        found = inference.run()
        self.sizes |= set(inference.sizes)
        return found

    def _members(self) -> dict[str, tuple]:
        """Return the shapes of the names that stand for the matrices of stacks, as far as their sizes are plain."""
        found: dict[str, tuple] = {}
        for base, sizes in self.stacks.items():
            name = self.named.get(f"{base} {MEMBER}")
            if name is not None:
                texts = [key(size) for size in sizes[1:]]
                found[name] = tuple(dimension(text) if text.isalnum() else None for text in texts)
        return found

    def axes_of(self, base: Tree) -> tuple[tuple[str, int] | None, tuple[str, int] | None]:
        """Return the axes of names that give an array its rows and columns: those of X for (X@w)[i].

        None for an axis whose size no name in it has.
        """
        try:
            inference = self._inference(base, {})
            found = inference.run()
        except MatcalcError:
            return None, None
        self.within |= {name: kind_of(shape) or "matrix" for name, shape in found.items()}
        of_size = {size: (name, axis) for name, shape in reversed(found.items()) for axis, size in enumerate(shape)}
        rows, cols = (of_size.get(find(size)) for size in inference.node_shapes[id(base)])
        return rows, cols

    def _places(self, tree: Tree) -> set[str]:
        """Return the names that stand as indices of constants and entries that are left, such as the i of e(i, n)."""
        found: set[str] = set()
        for node in postorder(tree):
            if isinstance(node, Call):
                for rule in self.book.overloads(node.function):
                    for parameter, arg in zip(rule.params, node.args):
                        found |= occurring(arg) if parameter.kind == "index" else set()
        return found

    def _decided(self, tree: Tree) -> dict[str, str]:
        """Return the kinds of the entries x[i] of which the form does not tell it."""
        decided: dict[str, str] = {}
        for name, base in self.open.items():
            shape = self.declared.get(base)
            if shape is not None:
                decided[name] = "number" if kind_of(shape) in ("column", "number") else "row"
            elif base in self.matrices:
                decided[name] = "row"
        waiting = [name for name in self.open if name not in decided]

        def inference(kinds: dict[str, str]) -> Inference:
            return self._inference(tree, {**self.entries, **decided, **kinds})

        bases = {name: self.open[name] for name in waiting}
        return decided | Choice(inference, bases, self.terms).of(tree, waiting)

    def _with_vectors(self, tree: Tree, decided: dict[str, str]) -> Tree:
        """Return the tree with the vectors among x[i] written as rows."""
        self.entries |= {name: kind for name, kind in decided.items() if kind == "number"}
        if all(kind == "number" for kind in decided.values()):
            return tree
        built: dict[int, Tree] = {}
        for node in postorder(tree):
            parts = [built[id(child)] for child in children(node)]
            made = with_children(node, parts)
            image = self.images[id(node)]
            kind = decided.get(image.id) if isinstance(image, Name) and image is not node else None
            if kind in ("column", "row") and is_subscript(made):
                made = Call("[i, :]", made.args, (), node.span)
                made = Transpose(made, node.span) if kind == "column" else made
            if isinstance(made, Transpose) and isinstance(made.operand, Transpose):
                made = made.operand.operand
            built[id(node)] = made
        return built[id(tree)]


def _is_entry(tree: Tree) -> bool:
    return isinstance(tree, Call) and is_subscript(tree)


def _rows_in(tree: Tree) -> set[str]:
    """Return the array of which a tree is a row or a turned one, as a set."""
    tree = tree.operand if isinstance(tree, Transpose) else tree
    operand = tree.args[0] if isinstance(tree, Call) and tree.function in ("[i]", "[i, :]") else None
    return {operand.id} if isinstance(operand, Name) else set()


def rows_in_norms(tree: Tree, numbers: Collection[str]) -> set[str]:
    """Return the arrays X of norm(X[0]@w - b), whose b is one of some ``numbers`` that might be columns."""
    found: set[str] = set()
    for node in postorder(tree):
        terms = list(node.args[:1]) if isinstance(node, Call) and node.function in _NORMS else []
        alone = False
        while terms:
            term = terms.pop()
            alone = alone or isinstance(term, Name) and term.id in numbers
            terms += children(term) if isinstance(term, Negate) or _is_sum(term) else ()
        found |= _rows_summed(node.args[0], True) if alone and isinstance(node, Call) else set()
    return found


def _is_sum(tree: Tree) -> bool:
    return isinstance(tree, Binary) and tree.op in ("+", "-")


def _rows_summed(tree: Tree, within: bool = False) -> set[str]:
    """Return the arrays whose rows stand left of @ in the terms of sums over an index, or in multiples of them.

    ``within``: whether the tree is such a term.
    """
    found: set[str] = set()
    stack = [(tree, within)]
    while stack:
        node, summed = stack.pop()
        if isinstance(node, Over) and node.function in ("sum", "mean"):
            stack.append((node.body, True))
        elif isinstance(node, Negate):
            stack.append((node.operand, summed))
        elif isinstance(node, Binary) and node.op in ("+", "-", "*", "/"):
            stack += [(side, summed) for side in ((node.left,) if node.op == "/" else (node.left, node.right))]
        elif isinstance(node, Binary) and node.op == "@" and summed:
            factors, inner = [], [node.left]
            while inner:
                part = inner.pop()
                multiple = isinstance(part, Binary) and part.op == "*"
                inner += children(part) if multiple else ()
                factors += [] if multiple else [part]
            found = found.union(*map(_rows_in, factors))
    return found


def _rows_before(tree: Tree) -> set[str]:
    """Return the arrays whose rows are a factor of @ in a tree."""
    products = [node for node in postorder(tree) if isinstance(node, Binary) and node.op == "@"]
    return set().union(*(_rows_in(side) for node in products for side in (node.left, node.right)))
