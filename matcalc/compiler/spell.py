"""The text of one operation in a target's language, given the texts of its operands."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ..errors import NoRuleError
from .counterparts import counterpart, helpers_of, parameter_pattern
from .pieces import (
    ATOM,
    POWER,
    PRODUCT,
    SUM,
    UNARY,
    diagonals_text,
    grouped,
    negated,
    shape_text,
    size_text,
    with_pieces,
)
from .spell_factors import FactorSpelling
from .spell_loops import LoopSpelling
from .spell_rows import RowSpelling

if TYPE_CHECKING:
    from .operations import Operation
    from .targets import Target

_MATH = frozenset("exp log sqrt sin cos tan asin acos atan sinh cosh tanh log1p expm1 erf".split())


def compared(sign: str, pieces: list[tuple[str, int]]) -> str:
    """Return the text of a comparison of the first two pieces."""
    return f"{pieces[0][0]} {sign} {pieces[1][0]}"


class Spelling:
    """Writes operations for a target; collects what has to be imported and which helper functions are used.

    ``like`` names an array whose device new arrays take, ``dtype`` is the text of their dtype; both are None where
    the function has no argument. Here is what all languages have in common: a method ``_kind`` for a kind of operation.
    """

    def __init__(self, target: Target, like: str | None, dtype: str | None) -> None:
        self.target, self.like, self.dtype = target, like, dtype
        self.imports, self.helpers = set(), set()

    def spell(self, operation: Operation, pieces: list[tuple[str, int]]) -> tuple[str, int]:
        """Return the piece (text, level) of an operation for the pieces of its operands."""
        method = getattr(self, "_" + operation.kind, None)
        if method is None:
            raise NoRuleError(
                f"'{operation.kind}' has no counterpart in {self.target.name}", hint="take another target"
            )
        return method(operation, pieces)

    # -- numbers ------------------------------------------------------------------------------------------------

    def _number(self, operation: Operation, pieces: list) -> tuple[str, int]:
        value = operation.data
        if value.is_Integer:
            return (str(value), ATOM) if value >= 0 else (str(value), UNARY)
        if value.is_Rational:
            if value.q & (value.q - 1) == 0 and value.q <= 1024:
                text = repr(float(value))
                return text, ATOM if value > 0 else UNARY
            return f"{value.p} / {value.q}", PRODUCT
        if value.is_infinite:
            return f"{'-' if value.is_negative else ''}float('inf')", ATOM
        return repr(float(value)), ATOM if value.is_positive else UNARY

    def _size(self, operation: Operation, pieces: list) -> tuple[str, int]:
        data, text = operation.data, size_text(operation.data)
        return text, ATOM if data.is_Symbol else PRODUCT if "//" in text else SUM if data.is_Add else PRODUCT

    # -- elementwise --------------------------------------------------------------------------------------------

    def _add(self, operation: Operation, pieces: list[tuple[str, int]]) -> tuple[str, int]:
        terms = sorted(zip(operation.operands, pieces), key=lambda item: item[1][0].startswith("-"))
        text = grouped(terms[0][1], SUM)
        for _, piece in terms[1:]:
            inner, _ = piece
            text += f" - {_bare(inner[1:])}" if inner.startswith("-") else f" + {inner}"
        return text, SUM


class Speller(LoopSpelling, RowSpelling, FactorSpelling, Spelling):
    """Writes operations in Python, for an array library."""

    def create(self, name: str, *arguments: str) -> str:
        """Return the call of a function that makes an array, with the dtype and device of the input."""
        words = list(arguments)
        if self.like is not None:
            words.append(f"dtype={self.dtype}")
            if self.target.device:
                words.append(f"device={self.like}.device")
        return f"{self.target.function(name)}({', '.join(words)})"

    def call_of(self, name: str, *pieces: tuple[str, int]) -> tuple[str, int]:
        """Return the call of a function on pieces."""
        return f"{self.target.function(name)}({', '.join(text for text, _ in pieces)})", ATOM

    def _multiply(self, operation: Operation, pieces: list[tuple[str, int]]) -> tuple[str, int]:
        order = sorted(range(len(pieces)), key=lambda i: extent(operation.operands[i]))
        words = [grouped(self._factor(pieces[i]), UNARY) for i in order]
        if self.target.name == "numpy" and len(operation.shape) > 2 and len(words) > 1:
            # in the order of the operands it would have to be copied to be reshaped
            return f"numpy.multiply({' * '.join(words[:-1])}, {words[-1]}, order='C')", ATOM
        return " * ".join(words), PRODUCT

    @staticmethod
    def _factor(piece: tuple[str, int]) -> tuple[str, int]:
        """Return a factor's piece; among products of entries a matrix product or a quotient stands in parentheses."""
        text, level = piece
        if level != PRODUCT:
            return text, level
        return (text, SUM) if " @ " in text or " / " in text else (text, UNARY)

    def _divide(self, operation: Operation, pieces: list[tuple[str, int]]) -> tuple[str, int]:
        above, below = pieces
        if above[1] == PRODUCT and " @ " in above[0]:
            above = (above[0], SUM)
        return f"{grouped(above, PRODUCT)} / {grouped(below, UNARY + 1)}", PRODUCT

    def needs_name(self, operation: Operation) -> list[bool]:
        """Return for every operand whether only a name can stand for it: where a line has a parameter twice."""
        if operation.kind == "plus_transpose":
            return [not self.target.symmetric_products]
        if operation.kind != "call" or operation.host:
            return [False] * len(operation.operands)
        line, names = self.line_of(operation)
        return [len(parameter_pattern([name]).findall(line)) > 1 for name in names]

    def _negative(self, operation: Operation, pieces: list[tuple[str, int]]) -> tuple[str, int]:
        return negated(pieces[0], PRODUCT if " @ " not in pieces[0][0] else UNARY)

    def _power(self, operation: Operation, pieces: list[tuple[str, int]]) -> tuple[str, int]:
        return f"{grouped(pieces[0], ATOM)} ** {grouped(pieces[1], POWER)}", POWER

    def _root(self, operation: Operation, pieces: list[tuple[str, int]]) -> tuple[str, int]:
        if operation.host:
            self.imports.add("import math")
            return f"math.sqrt({pieces[0][0]})", ATOM
        return self.call_of("sqrt", pieces[0])

    def _call(self, operation: Operation, pieces: list[tuple[str, int]]) -> tuple[str, int]:
        rule = operation.data
        if operation.host:
            return self._host_call(operation, pieces)
        if rule.relation:
            return self.create("asarray", compared(rule.relation, pieces)), ATOM
        pieces = [
            (self._number_among(operation, piece[0]), ATOM) if operand.host and rule.elementwise else piece
            for operand, piece in zip(operation.operands, pieces)
        ]
        return self.line(*self.line_of(operation), pieces)

    def _number_among(self, operation: Operation, text: str) -> str:
        """Return a number as an array for a function that is given others, beside real parts a real one."""
        made = self.create("asarray", text)
        beside = any(o.kind == "call" and o.data.name == "real" for o in operation.operands)
        return self.call_of("real", (made, ATOM))[0] if beside and self.target.name == "torch" else made

    def _select(self, operation: Operation, pieces: list[tuple[str, int]]) -> tuple[str, int]:
        branches = list(zip(operation.operands[2:], pieces[2:]))
        # a choice between plain numbers would have the dtype of those
        numbers = self.target.name in ("array-api", "tensorflow") or all(operand.host for operand, _ in branches)
        texts = [self.create("asarray", text) if operand.host and numbers else text for operand, (text, _) in branches]
        return f"{self.target.function('where')}({compared(operation.data, pieces)}, {', '.join(texts)})", ATOM

    def line_of(self, operation: Operation) -> tuple[str, list[str]]:
        """Return the line of the function that an operation calls, and the names of its parameters."""
        vectors = any(len(o.shape) == 1 for o in (operation, *operation.operands))
        return counterpart(operation.data, self.target.name, vectors), [p.name for p in operation.data.params]

    def line(self, line: str, names: list[str], pieces: list[tuple[str, int]]) -> tuple[str, int]:
        """Return a rule's line with its parameters replaced by pieces."""
        for module in re.findall(r"\b((?:scipy|jax)(?:\.[a-z]+)*)\.", line):
            self.imports.add(f"import {module}")
        self.helpers |= set(helpers_of(line))
        line = line.replace("array_functions.", "")
        given = dict(zip(names, pieces))

        text = with_pieces(line, given)
        simple = re.fullmatch(r"[\w.]+\((?:[^()]|\([^()]*\))*\)", text) is not None
        whole = line in given
        return text, given[line][1] if whole else ATOM if simple else SUM

    def _host_call(self, operation: Operation, pieces: list[tuple[str, int]]) -> tuple[str, int]:
        rule = operation.data
        if len(pieces) == 1 and rule.name in _MATH:
            self.imports.add("import math")
            return f"math.{rule.name}({pieces[0][0]})", ATOM
        if rule.name == "abs":
            return f"abs({pieces[0][0]})", ATOM
        line = counterpart(rule, self.target.name, False)
        arrays = [(self.create("asarray", f"float({piece[0]})"), ATOM) for piece in pieces]
        return self.line(line, [p.name for p in rule.params], arrays)

    # -- arrangement --------------------------------------------------------------------------------------------

    def _expand(self, operation: Operation, pieces: list[tuple[str, int]]) -> tuple[str, int]:
        index = ":, None" if operation.data == 1 else "None, :"
        return f"{grouped(pieces[0], ATOM)}[{index}]", ATOM

    def _full(self, operation: Operation, pieces: list[tuple[str, int]]) -> tuple[str, int]:
        shape = shape_text(operation.shape)
        (operand,) = operation.operands
        if operand.host:
            if operand.kind == "number" and operand.data in (0, 1):
                return self.create("ones" if operand.data else "zeros", shape), ATOM
            return self.create("full", shape, pieces[0][0]), ATOM
        return f"{self.create('zeros', shape)} + {grouped(pieces[0], SUM)}", SUM

    def _transpose(self, operation: Operation, pieces: list[tuple[str, int]]) -> tuple[str, int]:
        return f"{grouped(pieces[0], ATOM)}.T", ATOM

    def _vec(self, operation: Operation, pieces: list[tuple[str, int]]) -> tuple[str, int]:
        turned = f"{grouped(pieces[0], ATOM)}.T"
        return self._reshaped(turned, turned, "(-1,)"), ATOM

    def _reshape(self, operation: Operation, pieces: list[tuple[str, int]]) -> tuple[str, int]:
        return self._reshaped(grouped(pieces[0], ATOM), pieces[0][0], shape_text(operation.shape)), ATOM

    def _reshaped(self, atom: str, text: str, shape: str) -> str:
        if self.target.name == "numpy":
            return f"{atom}.reshape({shape[1:-1].rstrip(',')})"
        return f"{self.target.function('reshape')}({text}, {shape})"

    def _permute(self, operation, pieces):
        return f"{self.target.function('permute_dims')}({pieces[0][0]}, {operation.data})", ATOM

    # -- linear algebra -----------------------------------------------------------------------------------------

    def _product(self, operation: Operation, pieces: list[tuple[str, int]]) -> tuple[str, int]:
        words = [grouped(pieces[0], PRODUCT if " @ " in pieces[0][0] and "*" not in pieces[0][0] else UNARY + 1)]
        words += [grouped(piece, UNARY + 1) for piece in pieces[1:]]
        return " @ ".join(words), PRODUCT

    def _matmul(self, operation: Operation, pieces: list[tuple[str, int]]) -> tuple[str, int]:
        left, right = operation.operands
        if self.target.name == "jax" and left.kind == "transpose" and len(right.shape) == 1:
            # XLA copies a matrix to transpose it before it meets a vector
            pieces = [pieces[1], (pieces[0][0].removesuffix(".T"), pieces[0][1])]
        return self._product(operation, pieces)

    def _chain(self, operation: Operation, pieces: list[tuple[str, int]]) -> tuple[str, int]:
        namespace = {"numpy": "numpy.linalg", "torch": "torch.linalg", "jax": "jnp.linalg"}[self.target.name]
        return f"{namespace}.multi_dot([{', '.join(text for text, _ in pieces)}])", ATOM

    def _sum(self, operation: Operation, pieces: list[tuple[str, int]]) -> tuple[str, int]:
        return self._reduced("sum", operation, pieces[0])

    def _largest(self, operation: Operation, pieces: list[tuple[str, int]]) -> tuple[str, int]:
        return self._reduced("max", operation, pieces[0])

    def _reduced(self, name: str, operation: Operation, piece: tuple[str, int]) -> tuple[str, int]:
        """Return a reduction along an axis; NumPy's methods take half of its functions' time for a few entries."""
        axis = "" if operation.data is None else f"axis={operation.data}"
        if self.target.name == "numpy":
            return f"{grouped(piece, ATOM)}.{name}({axis})", ATOM
        return f"{self.target.function(name)}({', '.join([piece[0], *([axis] if axis else [])])})", ATOM

    def _plus_transpose(self, operation: Operation, pieces: list[tuple[str, int]]) -> tuple[str, int]:
        if not self.target.symmetric_products:
            text = pieces[0][0]  # transposed at once, which is done by tiles, and changed
            return f"torch.clone({text}.T, memory_format=torch.contiguous_format).add_({text})", ATOM
        self.helpers.add("plus_transpose")
        return f"plus_transpose({pieces[0][0]})", ATOM

    def _weighted_gram(self, operation: Operation, pieces: list[tuple[str, int]]) -> tuple[str, int]:
        self.helpers.add("weighted_gram")
        return f"weighted_gram({pieces[0][0]}, {pieces[1][0]})", ATOM

    def _symmetric_product(self, operation, pieces):
        """A symmetric matrix times a vector, of which BLAS reads one half; in NumPy's code alone."""
        self.imports.add("import scipy.linalg.blas")
        self.helpers.add("symmetric_product")
        return f"symmetric_product({pieces[0][0]}, {pieces[1][0]})", ATOM

    def _inner(self, operation: Operation, pieces: list[tuple[str, int]]) -> tuple[str, int]:
        left, right = pieces
        if self.target.name == "numpy":
            return f"numpy.vdot({left[0]}, {right[0]})", ATOM
        if self.target.name == "torch":
            # without the elementwise product in memory, whose allocation takes longer than the sum
            return f"torch.dot({grouped(left, ATOM)}.flatten(), {grouped(right, ATOM)}.flatten())", ATOM
        product = f"{grouped(left, UNARY)} * {grouped(right, UNARY)}"
        return f"{self.target.function('sum')}({product})", ATOM

    def _row_inner(self, operation: Operation, pieces: list[tuple[str, int]]) -> tuple[str, int]:
        """Sums along an axis of the elementwise product of two matrices."""
        left, right = pieces
        if self.target.name == "torch":
            return f"torch.linalg.vecdot({left[0]}, {right[0]}, dim={operation.data})", ATOM
        if self.target.name in ("numpy", "jax"):
            kept = "j" if operation.data == 0 else "i"
            return f"{self.target.namespace}.einsum('ij,ij->{kept}', {left[0]}, {right[0]})", ATOM
        return f"xp.sum({grouped(left, UNARY)} * {grouped(right, UNARY)}, axis={operation.data})", ATOM

    def _trace(self, operation: Operation, pieces: list[tuple[str, int]]) -> tuple[str, int]:
        name = "xp.linalg.trace" if self.target.name == "array-api" else f"{self.target.namespace}.trace"
        return f"{name}({pieces[0][0]})", ATOM

    def _log_det(self, operation, pieces):
        """The logarithm of a determinant, without the determinant."""
        self.helpers.add("log_det")
        return f"log_det({pieces[0][0]})", ATOM

    def _norm(self, operation, pieces):
        """The root of a sum of squares that may overflow, or vanish, itself."""
        name = "norm_by_branches" if self.target.branches else "norm_by_scaling"
        self.helpers.add(name)
        return f"{name}({pieces[0][0]})", ATOM

    def _diagonal(self, operation: Operation, pieces: list[tuple[str, int]]) -> tuple[str, int]:
        if self.target.name == "array-api":
            n = shape_text(operation.shape[:1])[1:-2]
            return f"{grouped(pieces[0], ATOM)}[:, None] * {self.create('eye', n)}", PRODUCT
        return f"{self.target.namespace}.diag({pieces[0][0]})", ATOM

    def _diagonal_entries(self, operation, pieces):
        name = "xp.linalg.diagonal" if self.target.name == "array-api" else f"{self.target.namespace}.diagonal"
        return f"{name}({pieces[0][0]})", ATOM

    def _eye(self, operation: Operation, pieces: list) -> tuple[str, int]:
        return self.create("eye", size_text(operation.data)), ATOM

    def _unit(self, operation: Operation, pieces: list[tuple[str, int]]) -> tuple[str, int]:
        n = size_text(operation.shape[0])
        if self.like is None:
            return f"{self.create('eye', n)}[{pieces[0][0]}]", ATOM
        device = f", device={self.like}.device" if self.target.device else ""
        chosen = f"{self.target.function('arange')}({n}{device}) == {grouped(pieces[0], SUM)}"
        if self.target.name == "array-api":
            return f"xp.astype({chosen}, {self.dtype})", ATOM
        return f"({chosen}).{'to' if self.target.name == 'torch' else 'astype'}({self.dtype})", ATOM

    def _entry(self, operation, pieces):
        """One row or column of a matrix, or one entry of a vector."""
        array, index = pieces
        place = f":, {index[0]}" if operation.data == 1 else index[0]
        if self.target.name == "array-api" and operation.data == 0 and operation.shape:
            place += ", :"
        return f"{grouped(array, ATOM)}[{place}]", ATOM

    def _part(self, operation, pieces):
        """An entry, a row, a column or a slice; data: which bounds are given on every axis."""
        if self.target.name == "torch" and "::-1" in operation.data:
            turned = [axis for axis, word in enumerate(operation.data) if word == "::-1"]
            return f"torch.flip({pieces[0][0]}, {tuple(turned)})", ATOM
        bounds = iter(text for text, _ in pieces[1:])
        places = ["".join(next(bounds) if letter in "abi" else letter for letter in word) for word in operation.data]
        if self.target.name != "array-api" and places[-1] == ":":
            places = places[:-1]
        return f"{grouped(pieces[0], ATOM)}[{', '.join(places)}]", ATOM

    def _commutation(self, operation: Operation, pieces: list) -> tuple[str, int]:
        n, m = map(size_text, operation.data)
        size = size_text(operation.shape[0])
        n, m = (f"{d}" if d.isidentifier() or d.isdigit() else f"({d})" for d in (n, m))
        block = f"{self.target.function('reshape')}({self.create('eye', size)}, ({m}, {n}, {size}))"
        turned = f"{self.target.function('permute_dims')}({block}, (1, 0, 2))"
        return f"{self.target.function('reshape')}({turned}, ({size}, {size}))", ATOM

    def _kron(self, operation: Operation, pieces: list[tuple[str, int]]) -> tuple[str, int]:
        text, _ = pieces[0]
        for other, _ in pieces[1:]:
            if self.target.name in ("array-api", "torch"):  # torch's own refuses some transposed arguments
                self.helpers.add("kron")
                text = f"kron({text}, {other})"
            else:
                text = f"{self.target.namespace}.kron({text}, {other})"
        if len(operation.shape) == 1:
            text = f"{self.target.function('reshape')}({text}, (-1,))"
        return text, ATOM

    def _matrix_power(self, operation: Operation, pieces: list[tuple[str, int]]) -> tuple[str, int]:
        exponent = pieces[1][0] if operation.operands[1].host else f"int({pieces[1][0]})"
        return f"{self.target.namespace}.linalg.matrix_power({pieces[0][0]}, {exponent})", ATOM

    def _inverse(self, operation: Operation, pieces: list[tuple[str, int]]) -> tuple[str, int]:
        return f"{self.target.namespace}.linalg.inv({pieces[0][0]})", ATOM

    def _solve(self, operation: Operation, pieces: list[tuple[str, int]]) -> tuple[str, int]:
        """The solution of a linear system with one right-hand side or several."""
        matrix, right = pieces
        return f"{self.target.namespace}.linalg.solve({matrix[0]}, {right[0]})", ATOM


    # -- statements ---------------------------------------------------------------------------------------------

    def add_to_diagonal(self, node: Operation, name: str, added: str, written: bool) -> list[str]:
        """Return the statements that add to the diagonal of a matrix of a name, by a target's fastest way."""
        n = node.shape[0]
        if self.target.name == "numpy":
            return [f"{name}.flat[:: {size_text(n)} + 1] += {added}"]
        if written:
            return [f"{name}.diagonal().add_({added})"]
        if self.target.name == "torch":
            return [f"{name} = torch.diagonal_scatter({name}, torch.diagonal({name}) + {added})"]
        identity = self.create("eye", size_text(n))
        scaled = f"({added})[:, None]" if node.operands[1].shape else f"({added})"
        return [f"{name} = {name} + {scaled} * {identity}"]

    def add_outer_products(self, name: str, left: list[str], right: list[str], matrix: str) -> list[str]:
        """Return the statements that add outer products to a matrix, in NumPy's code to the one of the name."""
        one, other = ", ".join(left), ", ".join(right)
        if self.target.name == "torch":  # vmap has no rule for addmm_
            return [f"{name} = torch.addmm({matrix}, torch.stack([{one}], 1), torch.stack([{other}]))"]
        self.helpers.add("add_outer_products")
        self.imports.add("import scipy.linalg.blas")
        return [f"{name} = add_outer_products({name}, [{one}], [{other}])"]

    def scatter(self, node: Operation, name: str, blocks: str, fresh: str) -> list[str]:
        """Return the statements that write blocks into zeros, through a view of the diagonals of pairs of axes.

        ``fresh`` is a name that is free.
        """
        if self.target.name == "numpy" or node.operands[0].host:
            view = f"numpy.einsum('{node.data}', {name})[...] = {blocks}"
            if self.target.name != "numpy":
                view = f"{diagonals_text(name, node.data)}.fill_({blocks})"
            return [f"{name} = {self.create('zeros', shape_text(node.shape))}", view]
        # zeros like the blocks: where torch.func.vmap maps these it maps the zeros, too
        return [
            f"{fresh} = {blocks}",
            f"{name} = {fresh}.new_zeros({shape_text(node.shape)})",
            f"{diagonals_text(name, node.data)}.copy_({fresh})",
        ]


def _bare(text: str) -> str:
    """Return a text without the parentheses around all of it, which a product after a minus sign does not need."""
    if not (text.startswith("(") and text.endswith(")")):
        return text
    depth = 0
    for place, letter in enumerate(text):
        depth += (letter == "(") - (letter == ")")
        if depth == 0 and place < len(text) - 1 or depth == 1 and letter in "+-" and text[place - 1] in " (":
            return text
    return text[1:-1]


def extent(operand: Operation) -> tuple[int, int]:
    """Order factors so that small arrays are multiplied first: numbers, scalars, vectors, matrices."""
    host = 0 if operand.kind == "number" else 1
    return (len([size for size in operand.shape if size != 1]), host if not operand.shape else 2)
