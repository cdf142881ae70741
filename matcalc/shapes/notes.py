"""What is said about how a formula was read: doubtful guesses, products entry by entry, names that do not occur.

A guess is doubtful where another kind of shape fits and would change the shape of the answer. That is found by reading
the formula again with the other kind, once for each name that use left open.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cached_property
from itertools import chain, count
from typing import Any

from ..bounds import MOST_NOTED as MOST_WORK
from ..errors import MatcalcError
from ..language.subscripts import DISPLAY, as_block, is_subscript
from ..language.syntax import Binary, Call, Name, Negate, Transpose, children, postorder
from ..language.unparse import unparse
from ..words import shown_shape
from .inference import LETTERS, Inference
from .lengths import shortened
from .reading import ROW, kind_of
from .sizes import Size, find
from .spelling import COLUMN, MATRIX, NUMBER, SCALAR, scalar_spelling, spelling_of

_LISTED = 4
# in a longer formula nobody looks for a slip that is found by reading all of it again
_MOST_NODES = 300
# of products entry by entry nobody takes these, and scales none of those by a letter
_OF_PRODUCTS = frozenset({"tr", "trace", "det", "logdet", "inv"})
_INVERSES = frozenset({"inv", "pinv", "adj", "expm", "kron"})
_LAST_AXIS = re.compile(r"axis\s*=\s*-1")
# a matrix and what it is multiplied with
_PRODUCT = re.compile(r"[A-Z][A-SU-Za-z]{1,2}")
_WITH_T = re.compile(r"([A-Za-z])T([A-Za-z]{0,2})")


class Note(str):
    """One thing that is said of a reading, with the argument that chooses otherwise; ``option`` is for the shell.

    ``is_of_declarations``: whether it is about a declared name that does not occur. ``is_of_convention``: whether it
    only says that letters as c and lam are numbers, which the mark in the answer's line tells a person.
    """

    option: str
    is_of_declarations: bool
    is_of_convention: bool

    def __new__(
        cls, text: str, option: str = "", is_of_declarations: bool = False, is_of_convention: bool = False
    ) -> Note:
        """Return a note that reads ``text`` in Python, and ``option`` on the command line."""
        note = super().__new__(cls, text)
        note.option, note.is_of_declarations = option or text, is_of_declarations
        note.is_of_convention = is_of_convention
        return note

    @classmethod
    def with_choice(cls, text: str, otherwise: str, shapes: list, is_of_convention: bool = False) -> Note:
        """Return a note on a guess; ``shapes`` are the declarations that choose what ``otherwise`` says."""
        arguments = ", ".join(f'"{name}": {_python(shape)}' for name, shape in shapes)
        options = ", ".join(f"{name}: {_declared(shape)}" for name, shape in shapes)
        option = f'{text}; {otherwise}: --shape "{options}"'
        return cls(
            f"{text}; {otherwise}: shapes={{{arguments}}}", option=option, is_of_convention=is_of_convention
        )


def surprising(notes: Iterable[Note]) -> tuple[Note, ...]:
    """Return the notes that tell a person what the answer's line does not."""
    return tuple(note for note in notes if not note.is_of_convention)


def for_command(notes: Iterable[str]) -> list[str]:
    """Return notes as the command line words them."""
    return [note.option if isinstance(note, Note) else note for note in notes]


def _python(shape: tuple) -> str:
    return "(" + ", ".join(str(size) if str(size).isdigit() else f'"{size}"' for size in shape) + ")"


def _declared(shape: tuple) -> str:
    return shown_shape(shape[:1] if shape[1:] == (1,) else shape)


def notes_on(elaborated: Any, book: Any, wrt: str | None = None) -> tuple[Note, ...]:
    """Return the notes on how an expression was read, for its value or for its derivative by ``wrt``."""
    guesses = _Guesses(elaborated, book, wrt)
    translation = elaborated.translation
    found = [*map(_as_note, translation.notes if translation else ()), *_arrays(elaborated), *guesses.notes()]
    found += [Note.with_choice(*choice) for choice in shortened(elaborated)]
    has_products = any(isinstance(node, Binary) and node.op == "*" for node in postorder(elaborated.tree))
    if elaborated.syntax == "matcalc" and has_products and not elaborated.indexed:
        found += _entrywise(guesses.reading)
    nodes = postorder(elaborated.tree)
    short = elaborated.syntax == "matcalc" and len(nodes) <= _MOST_NODES
    turned = short and any(isinstance(node, Transpose) for node in nodes)
    if turned or any(is_subscript(node) for node in nodes):
        found += _rows_beside_columns(guesses.reading)
    if short and "**" in elaborated.text:
        found += _entrywise_powers(guesses.reading)
    if elaborated.syntax == "matcalc" and _LAST_AXIS.search(elaborated.text):
        found += _last_axes(elaborated, guesses.reading)
    found += [*_lost_signs(elaborated), *_displays(elaborated), *_unused(elaborated, wrt)]
    return tuple(dict.fromkeys(found))


def _as_note(said: str) -> Note:
    return said if isinstance(said, Note) else Note(said)


def _lost_signs(elaborated: Any) -> Iterator[Note]:
    """Return the notes on names such as xTAx, and xT beside x, in which a T may stand for a transpose.

    And on Ax, in a text without any sign of a matrix product.
    """
    signs = "@" in elaborated.text or ".T" in elaborated.text
    bare = elaborated.syntax == "matcalc" and not signs
    for name in sorted(elaborated.shapes.keys() - elaborated.declared.keys()):
        if bare and _PRODUCT.fullmatch(name):
            yield Note(f"{name} is one name; the product is {'@'.join(name)}")
        found = _WITH_T.fullmatch(name)
        if found and (found[2] or found[1] in elaborated.order):
            product = "@".join([f"{found[1]}.T", *found[2]])
            yield Note(f"{name} is one name; {'the product' if found[2] else 'the transpose'} is {product}")


def _displays(elaborated: Any) -> Iterable[Note]:
    """Return what is said of [[A, B], [B.T, C]]: nobody transposes a number, and its entries are numbers."""
    for node in postorder(elaborated.tree):
        if isinstance(node, Call) and node.function == DISPLAY:
            turned = {part.operand.id for part in postorder(node) if isinstance(part, Transpose)
                      and isinstance(part.operand, Name) and elaborated.shapes.get(part.operand.id) == (1, 1)}
            if turned:
                shown = " and ".join(sorted(turned))
                yield Note(f"{shown} is a number within [[...]]; of matrices it is {unparse(as_block(node))}")


def _arrays(elaborated: Any) -> Iterable[Note]:
    """Return what is said of sums over an index: their form in matrices, and that x_i are the rows of X, n×d."""
    translation = elaborated.translation
    if elaborated.indexed and elaborated.syntax == "matcalc" and unparse(elaborated.tree) != elaborated.indexed:
        yield Note(f"in matrices: {elaborated.text}")
    arrays = translation.arrays.values() if translation else ()
    spelled = {array: shown for array, shown, held in arrays if held == "matrices"}
    for name in elaborated.stacks if spelled else elaborated.read_as_stacks:
        shape = shown_shape(map(unparse, elaborated.stacks[name]))
        shown = spelled.get(name, f"{name}_k")
        place = shown.rpartition("_")[2]
        yield Note(f"{shown if name in spelled else f'{name}[k]'}: the {place}-th of a stack of matrices, {shape}")
    for array, shown, held in arrays:
        if array in elaborated.shapes and held != "matrices":
            yield Note(f"{shown}: the {held} of {array}, {_declared(elaborated.shapes[array])}")


def made_arrays(elaborated: Any, book: Any) -> list[str]:
    """Return the guessed names each of which alone, declared a number, would make the value of an expression 1×1."""
    guesses = _Guesses(elaborated, book, None)
    names = [name for name, kind in elaborated.guesses.items() if kind != NUMBER]
    if len(postorder(elaborated.tree)) * len(names) > MOST_WORK:
        return []
    tree = id(elaborated.tree)
    readings = {name: guesses._read({name: NUMBER}) for name in names}
    return [name for name, there in readings.items() if there and kind_of(there.node_shapes[tree]) == NUMBER]


class _Guesses:
    """The doubtful guesses of one reading."""

    def __init__(self, elaborated: Any, book: Any, wrt: str | None) -> None:
        self.elaborated, self.book, self.wrt = elaborated, book, wrt

    def notes(self) -> Iterable[Note]:
        """Return a note for each kind that names were read as, with the names of which it is doubtful."""
        guesses = self.elaborated.guesses
        biases = [name for name, kind in guesses.items() if kind == ROW]
        if biases:
            yield self._said(biases, ROW, COLUMN)
        groups: dict = {}
        for name, other in self._doubtful([name for name, kind in guesses.items() if kind in _OTHERS]):
            convention = guesses[name] == NUMBER and scalar_spelling(name)
            groups.setdefault((guesses[name], other, convention), []).append(name)
        for (kind, other, convention), names in groups.items():
            yield self._said(names, kind, other, convention)
        yield from self._even_sizes()

    def _even_sizes(self) -> Iterator[Note]:
        """Return the notes on sizes that were taken for multiples of the step of a slice."""
        steps = any(isinstance(node, Call) and ":s" in node.function for node in postorder(self.elaborated.tree))
        for node, size, _ in self.reading.even_steps if steps else ():
            inner = find(size)
            for name, shape in self.elaborated.shapes.items() if not isinstance(inner, Size) else ():
                if inner in shape:
                    said = f"{name} is read as {shown_shape(shape)} for {unparse(node)}"
                    other = tuple(f"{one} + 1" if one == inner else one for one in shape)
                    yield Note.with_choice(said, "other sizes are declared", [(name, other)])
                    break

    @cached_property
    def reading(self) -> Inference:
        """The inference as it was."""
        return self._inference({})

    def _doubtful(self, names: list) -> Iterable[tuple]:
        """Return pairs of a name and another kind that fits and changes the shape of the answer."""
        if not names:
            return
        if len(postorder(self.elaborated.tree)) * len(names) > MOST_WORK:
            yield from ((name, _OTHERS[self._kind(name)][0]) for name in names)
            return
        for name in names:
            for other in _OTHERS[self._kind(name)]:
                there = self._read({name: other})
                if there is not None and not there.implausible() - self.reading.implausible():
                    if self._signature(there) != self._signature(self.reading):
                        yield name, other
                    break

    def _kind(self, name: str) -> str:
        return self.elaborated.guesses[name]

    def _read(self, kinds: dict) -> Inference | None:
        """Return the inference under other kinds of some names, None where they do not fit."""
        try:
            return self._inference(kinds)
        except MatcalcError:
            return None

    def _inference(self, kinds: dict) -> Inference:
        elaborated = self.elaborated
        inference = Inference(
            elaborated.tree, elaborated.text, elaborated.declared, elaborated.facts, self.book, kinds=kinds
        )
        inference.run()
        return inference

    def _signature(self, inference: Inference) -> tuple:
        """Return what a shape of the answer depends on, up to the letters of sizes."""
        shapes = [inference.node_shapes[id(self.elaborated.tree)]]
        if self.wrt in inference.names:
            shapes.append(inference.names[self.wrt])
        return tuple((kind_of(shape), *map(_factors, shape)) for shape in shapes)

    def _said(self, names: list, kind: str, other: str, convention: bool = False) -> Note:
        """Return the note that says how names were read, and how they are declared otherwise."""
        letters = self._letters()
        shapes = [(name, _shape_of_kind(other, letters)) for name in names[:_LISTED]]
        shown = _listed(names)
        if kind == ROW:
            verb, noun = ("are rows", "columns") if len(names) > 1 else ("is a row", "a column")
            said = f"{shown} {verb}, added to each row of a matrix as NumPy does with vectors"
            return Note.with_choice(said, noun, shapes)
        if len(names) > 1:
            return Note.with_choice(f"{shown} are read as {kind}s", f"as {other}s", shapes, convention)
        return Note.with_choice(f"{shown} is read as a {kind}", f"as a {other}", shapes, convention)

    def _letters(self) -> Iterator[str]:
        elaborated = self.elaborated
        used = {*elaborated.shapes, *elaborated.sizes}
        used |= elaborated.size_letters
        usual = chain("kpqrs", LETTERS, (f"n{i}" for i in count(1)))
        return iter([*dict.fromkeys(letter for letter, _ in zip(usual, range(40)) if letter not in used)])


_OTHERS = {NUMBER: (COLUMN, ROW), COLUMN: (NUMBER,)}


def _shape_of_kind(kind: str, letters: Iterator[str]) -> tuple:
    if kind == NUMBER:
        return ()
    return (next(letters), 1) if kind == COLUMN else (1, next(letters))


def _factors(size: Any) -> Any:
    """Return a size up to its letters: a number, or of how many letters it is the product."""
    size = find(size)
    if isinstance(size, Size):
        return 1
    return size if size.is_Integer else len(size.free_symbols)


def _listed(names: list) -> str:
    shown, more = names[:_LISTED], len(names) - _LISTED
    if more > 0:
        return f"{', '.join(shown)} and {more} more"
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}"


def _entrywise(reading: Inference) -> list[Note]:
    """Return the note on the first `*` between a matrix and a column, or between a transpose and an array.

    And on that of tr(A*B) and inv(A)*b.
    """
    found, inner = [], set()
    handed = {id(node.args[0]) for node in reading.order if isinstance(node, Call) and node.function in _OF_PRODUCTS}
    for node in reversed(reading.order):
        if isinstance(node, Binary) and node.op in ("*", "@") and id(node) not in inner:
            chained = _chain(node)
            inner |= {id(part) for part in chained}
            matrices = id(node) in handed and node.op == "*" and _is_of_names(node)
            if matrices or any(part.op == "*" and _looks_like_matrix_product(part, reading) for part in chained):
                found.append(unparse(_matrix_product(chained, reading)))
    return [Note(f"`*` is entry by entry; the matrix product is {text}") for text in list(dict.fromkeys(found))[:1]]


def _rows_beside_columns(reading: Inference) -> list[Note]:
    """Return the note on the first sum of a column and a row X[i, :], which is a matrix."""
    for node in reading.order:
        if isinstance(node, Binary) and node.op in ("+", "-"):
            sides = {kind_of(reading.node_shapes[id(side)]): side for side in (node.left, node.right)}
            row = _row_taken(sides[ROW], reading) if sides.keys() == {ROW, COLUMN} else None
            if row is not None:
                said = f"{unparse(row)} is a row and {unparse(sides[COLUMN])} a column: {unparse(node)} is a matrix"
                column = unparse(row.operand if isinstance(row, Transpose) else Transpose(row, row.span))
                return [Note(f"{said}; the row as a column is {column}")]
    return []


def _entrywise_powers(reading: Inference) -> list[Note]:
    """Return the note on the first power of entries that people take for one of the matrix: A**-1, tr(A**2), A**2@x."""
    multiplied = {id(side) for node in reading.order if isinstance(node, Binary) and node.op == "@"
                  for side in (node.left, node.right)}
    calls = [node for node in reading.order if isinstance(node, Call) and node.function in _OF_PRODUCTS]
    multiplied |= {id(node.args[0]) for node in calls}
    for node in reading.order:
        if not isinstance(node, Binary) or node.op != "**" or not _is_square(node.left, reading):
            continue
        base = unparse(node.left)
        if isinstance(node.right, Negate) and unparse(node.right) == "-1":
            return [Note(f"`**` is entry by entry; the inverse is inv({base})")]
        if id(node) in multiplied and isinstance(node.left, Name) and unparse(node.right).isdigit():
            return [Note(f"`**` is entry by entry; the power of the matrix is matpow({base}, {unparse(node.right)})")]
    return []


def _is_square(node: Any, reading: Inference) -> bool:
    """Return whether a value is a matrix that is square, or can be for all that the text says."""
    shape = reading.node_shapes[id(node)]
    rows, columns = map(find, shape)
    open_sizes = isinstance(node, Name) and node.id not in reading.declared
    return kind_of(shape) == MATRIX and (rows == columns or open_sizes)


def _last_axes(elaborated: Any, reading: Inference) -> Iterator[Note]:
    """Return the notes on axis=-1 of a column, whose last axis is that of its one column; of a vector it would be 0."""
    for node in reading.order:
        for word, value in node.keywords if isinstance(node, Call) else ():
            from_last = elaborated.text[value.span.start : value.span.start + 1] == "-"
            if word == "axis" and from_last and kind_of(reading.node_shapes[id(node.args[0])]) == COLUMN:
                column = unparse(node.args[0])
                yield Note(f"{column} is a column, and axis=-1 its one column; over all entries it is axis=0")


def _row_taken(node: Any, reading: Inference) -> Any:
    """Return the row X[i, :] or y.T that a term is made of entry by entry, None where it is made otherwise."""
    waiting = [node]
    while waiting:
        part = waiting.pop()
        if (is_subscript(part) or _is_turned(part)) and kind_of(reading.node_shapes[id(part)]) == ROW:
            return part
        if isinstance(part, Negate) or isinstance(part, Binary) and part.op != "@":
            waiting += children(part)
    return None


def _is_turned(node: Any) -> bool:
    return isinstance(node, Transpose) and isinstance(node.operand, Name)


def _chain(node: Any) -> list[Binary]:
    """Return the products of a chain a*b@c, the last one first."""
    found = []
    while isinstance(node, Binary) and node.op in ("*", "@"):
        found.append(node)
        node = node.left
    return found


def _looks_like_matrix_product(node: Binary, reading: Inference) -> bool:
    kinds = [kind_of(reading.node_shapes[id(side)]) for side in (node.left, node.right)]
    if kinds[1] == NUMBER and isinstance(node.right, Name) and node.right.id in reading.guesses():
        return _takes_column(node.left, node.right.id, kinds[0])
    if NUMBER in kinds or None in kinds:
        return False
    if any(isinstance(_unscaled(side, reading), Transpose) for side in (node.left, node.right)):
        return True
    if kinds == [COLUMN, COLUMN] and _is_matrix_by_letter(node.left, reading):
        return True
    return kinds[0] == MATRIX and kinds[1] == COLUMN and _is_plain(node.left) and _is_plain(node.right)


def _is_matrix_by_letter(node: Any, reading: Inference) -> bool:
    """Return whether a factor is an upper-case name that nobody declared, as A in dot(x, A*x)."""
    return isinstance(node, Name) and node.id[0].isupper() and node.id not in reading.declared


def _takes_column(left: Any, name: str, kind: str | None) -> bool:
    """Return whether a name that was guessed to be a number is the column of inv(A)*b, or of x.T*y."""
    spelling = spelling_of(name)
    inverse = isinstance(left, Call) and left.function in _INVERSES and kind == MATRIX
    return inverse and spelling in (COLUMN, SCALAR) or isinstance(left, Transpose) and spelling == COLUMN


def _is_of_names(node: Any) -> bool:
    """Return whether a product is one of upper-case names, transposed or not, alone."""
    parts = [part for part in postorder(node) if isinstance(part, Name)]
    return len(parts) > 1 and all(part.id[0].isupper() for part in parts)


def _is_plain(node: Any) -> bool:
    """Return whether an operand is what people multiply: a name, a product of names, or a function's value."""
    while isinstance(node, Negate) or isinstance(node, Binary) and node.op in ("*", "@"):
        node = node.operand if isinstance(node, Negate) else node.left
    return isinstance(node, (Name, Transpose, Call))


def _unscaled(node: Any, reading: Inference) -> Any:
    """Return an operand without its sign and without numbers in front."""
    while True:
        if isinstance(node, Negate):
            node = node.operand
        elif isinstance(node, Binary) and node.op == "*" and kind_of(reading.node_shapes[id(node.left)]) == NUMBER:
            node = node.right
        else:
            return node


def _matrix_product(chained: list[Binary], reading: Inference) -> Any:
    """Return a chain of products with every `*` between arrays as a matrix product."""
    node = chained[-1].left
    for part in reversed(chained):
        kinds = {kind_of(reading.node_shapes[id(side)]) for side in (part.left, part.right)}
        scaled = NUMBER in kinds and not _looks_like_matrix_product(part, reading)
        node = Binary("*" if scaled else "@", node, part.right, part.span)
    return node


def _unused(elaborated: Any, wrt: str | None) -> list[Note]:
    """Return the note on declared names that do not occur."""
    names = [name for name in elaborated.declared if name not in elaborated.order and name != wrt]
    said = f"the expression has no {' and no '.join(names)}, whose shape is declared"
    return [Note(said, is_of_declarations=True)] if names else []
