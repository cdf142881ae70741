"""What the Unicode and the LaTeX notation share: where parentheses stand, and which sign stands for which product.

A matrix product and a scaling are written by juxtaposition, an elementwise product, quotient or power with a
sign of its own. From loose to tight: sums; elementwise products and quotients, and operators of the rule
book; quotients by a scalar; juxtaposition; scripts; atoms. Only a minus that begins a product is written
without parentheses although it stands in a factor: (-A) x is -A x.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING

from ..bounds import MAX_PIECES
from ..errors import LimitError
from ..language.generators import Over
from ..language.nodes import indices_in
from ..language.subscripts import DISPLAY, LIST, LISTS, PARTS, ROW, ZERO, is_block, is_subscript, written
from ..language.syntax import (
    Binary,
    Call,
    Name,
    Negate,
    Number,
    String,
    Transpose,
    Tree,
    conjugated,
    names,
    postorder,
)
from ..language.unparse import is_imaginary
from .counted import counted_from_zero, less
from .open_sizes import UNIT_INDICES, is_unit, with_open_sizes
from .sizes import SCALAR, fitting_rule, is_differential, name_shapes, node_shapes
from .templates import ANY, ATOM, ENTRYWISE, FACTOR, INDEX, PRODUCT, SUM, Slot, Template, read_template

if TYPE_CHECKING:
    from ..rulebook.entries import Book

GREEK = dict(
    zip(
        "alpha beta gamma delta epsilon zeta eta theta iota kappa lam mu nu xi rho sigma tau upsilon phi chi psi omega "
        "pi Gamma Delta Theta Lam Xi Pi Sigma Phi Psi Omega lambda_ Lambda".split(),
        "αβγδεζηθικλμνξρστυφχψωπΓΔΘΛΞΠΣΦΨΩλΛ",
    )
)


@dataclass(slots=True)
class Fragment:
    """What a node is written as: ``pieces`` are texts and operands (node, least level, whether a minus may lead).

    ``minus``: it begins with a minus outside parentheses; ``digit``: with a digit. ``product``: it is a
    juxtaposition in which a matrix product occurs. ``bars``: the delimiters | and ‖ that occur in it.
    """

    pieces: list[str | tuple[Tree, int, bool]]
    level: int
    minus: bool = False
    digit: bool = False
    product: bool = False
    bars: frozenset[str] = frozenset()


class Notation(ABC):
    """Writes one surface tree; a subclass says how the signs are spelled.

    ``field`` is the line of a rule that holds its template.
    """

    field = ""
    brackets = ("(", ")")
    dot = " · "
    hadamard = " ∘ "
    entrywise_quotient = " ⊘ "
    transposed, adjoint = "ᵀ", "ᴴ"
    inverse, inverse_transposed, inverse_adjoint = "⁻¹", "⁻ᵀ", "⁻ᴴ"
    unit = "j"
    # the constants whose size is left out where it follows
    leaves_out: frozenset[str] = frozenset({"unit"})

    def __init__(
        self,
        tree: Tree,
        book: Book,
        shapes: Mapping[str, tuple] | None = None,
        changes: Mapping[str, str] | None = None,
    ) -> None:
        self.tree, self.book = tree, book = counted_from_zero(tree), book
        self.shapes = node_shapes(tree, book, name_shapes(tree, book, shapes))
        self.indices = indices_in(tree)
        self.spelled = self._distinct_names({**names(tree), **self.indices})
        for change, name in (changes or {}).items():
            if change in self.spelled:
                self.spelled[change] = self.differential(self.name(name))
        self.fragments = {}
        self.open = with_open_sizes(tree, book, self.shapes, self.leaves_out)

    def write(self) -> str:
        """Return the text. Raises LimitError where it would fill thousands of pages."""
        for node in postorder(self.tree):
            fragment = self.fragments[id(node)] = self._fragment(node)
            self._inherit(fragment)
        out, stack = [], [(self.tree, ANY, True)]
        while stack:
            item = stack.pop()
            if isinstance(item, str):
                out.append(item)
                if len(out) > MAX_PIECES:
                    raise LimitError(
                        "the expression is too long to be written out",
                        hint="take a smaller one, or evaluate it with .evaluate()",
                    )
                continue
            pieces = self.fragments[id(item[0])].pieces
            if self._bracketed(item):
                pieces = [self.brackets[0], *pieces, self.brackets[1]]
            stack.extend(reversed(pieces))
        return "".join(out)

    # -- names and numbers: the subclass spells them ------------------------------------------------

    @abstractmethod
    def name(self, text):
        """Return a name as it is written."""

    @abstractmethod
    def differential(self, name):
        """Return the differential of a name that is already spelled."""

    @abstractmethod
    def verbatim(self, text):
        """Return a name as it stands in the language."""

    @abstractmethod
    def fraction(self, numerator, denominator):
        """Return the fragment of a positive fraction of whole numbers."""

    @abstractmethod
    def quotient(self, node):
        """Return the fragment of a quotient by a scalar."""

    @abstractmethod
    def raised(self, exponent, entrywise):
        """Return the pieces of a superscript, with the sign of an elementwise power where it is one."""

    @abstractmethod
    def lowered(self, node):
        """Return the pieces of a subscript."""

    def index(self, node: Tree) -> list:
        """Return the pieces of a superscript in parentheses."""
        return ["^((", (node, ANY, True), "))"]

    @abstractmethod
    def function(self, node):
        """Return the pieces of a call that has no template."""

    # the signs of sums and of what else is taken over an index, and those of the relations below them
    sums: Mapping[str, str] = {}
    relations: Mapping[str, str] = {}

    def over(self, node: Over) -> Fragment:
        r"""Return the fragment of a sum, \sum_{i=0}^{n - 1}, its indices counted from 0 as in the language."""
        pieces: list = []
        for place, loop in enumerate(node.loops):
            last = less(loop.stop, Number(Fraction(1)))
            for part in postorder(last):
                self.shapes.setdefault(id(part), SCALAR)
                self.fragments[id(part)] = self._fragment(part)
            below = [self.spelled[loop.name], "=", (loop.start, ANY, True)]
            if node.conditions and place == len(node.loops) - 1:
                for one in node.conditions:
                    below += [", ", (one.left, ANY, True), f" {self.relations[one.op]} ", (one.right, ANY, True)]
            pieces += self.sum_sign(node.function, below, last)
        return Fragment([*pieces, (node.body, PRODUCT, False)], ENTRYWISE)

    @abstractmethod
    def sum_sign(self, function: str, below: list, last: Tree) -> list:
        """Return the pieces of the sign of a sum, with what stands below it and its last index."""

    def _distinct_names(self, found: Mapping[str, Name]) -> dict[str, str]:
        """Return {name: its spelling}; where two would be spelled alike, the later one stays as it is."""
        spelled = {}
        for text in found:
            spelling = self.name(text)
            spelled[text] = self.verbatim(text) if spelling in spelled.values() else spelling
        return spelled

    # -- one node -------------------------------------------------------------------------------------

    def _bracketed(self, operand: tuple[Tree, int, bool]) -> bool:
        node, least, minus_may_lead = operand
        fragment = self.fragments[id(node)]
        return fragment.level < least or fragment.minus and not minus_may_lead

    def _inherit(self, fragment: Fragment) -> None:
        """Take over from the operands how the text begins, and its bars."""
        first = fragment.pieces[0]
        if isinstance(first, str):
            fragment.digit = fragment.digit or first[:1] in "0123456789"
        elif not self._bracketed(first):
            inner = self.fragments[id(first[0])]
            fragment.digit = fragment.digit or inner.digit
            fragment.minus = fragment.minus or inner.minus
        inner = [self.fragments[id(piece[0])].bars for piece in fragment.pieces if not isinstance(piece, str)]
        fragment.bars = fragment.bars.union(*inner)

    def _is_scalar(self, node: Tree) -> bool:
        return self.shapes[id(node)] == SCALAR

    def _fragment(self, node: Tree) -> Fragment:
        if isinstance(node, Name):
            return Fragment([self.spelled[node.id]], FACTOR if "^" in self.spelled[node.id] else ATOM)
        if isinstance(node, Number):
            return self._number(node.value)
        if isinstance(node, String):
            return Fragment([self.verbatim(node.value)], ATOM)
        if isinstance(node, Negate):
            return self._negative(node)
        if isinstance(node, Transpose):
            return self._transpose(node)
        if isinstance(node, Over):
            return self.over(node)
        return self._call(node) if isinstance(node, Call) else self._binary(node)

    def _number(self, value: Fraction) -> Fragment:
        size = abs(value)
        whole = size.denominator == 1
        fragment = Fragment([str(size)], ATOM) if whole else self.fraction(size.numerator, size.denominator)
        if value < 0:
            fragment.pieces.insert(0, "-")
            fragment.minus = True
        return fragment

    def _negative(self, node: Negate) -> Fragment:
        operand = (node.operand, ENTRYWISE, False)
        inner = self.fragments[id(node.operand)]
        level = ATOM if self._bracketed(operand) else inner.level
        return Fragment(["-", operand], level, minus=True, product=inner.product and level == PRODUCT)

    def _transpose(self, node: Transpose) -> Fragment:
        inner = conjugated(node.operand)
        operand, sign, inverted = node.operand, self.transposed, self.inverse_transposed
        if inner is not None:
            operand, sign, inverted = inner, self.adjoint, self.inverse_adjoint
        pieces = self.fragments[id(operand)].pieces
        if isinstance(operand, Call) and pieces[-1] == self.inverse:
            return Fragment([*pieces[:-1], inverted], FACTOR)
        return Fragment([(operand, ATOM, False), sign], FACTOR)

    def _binary(self, node: Binary) -> Fragment:
        if node.op in "+-":
            return Fragment([(node.left, SUM, True), f" {node.op} ", (node.right, ENTRYWISE, False)], SUM)
        if node.op == "**":
            return self._power(node)
        if is_imaginary(node) and isinstance(node.left, Number):
            return Fragment([f"{node.left.value}{self.unit}"], ATOM, digit=True)
        if node.op == "/":
            return self.quotient(node) if self._is_scalar(node.right) else self._entrywise(node)
        if self._is_entrywise_product(node):
            return self._entrywise(node)
        return self._product(node)

    def _is_entrywise_product(self, node: Tree) -> bool:
        return (
            isinstance(node, Binary)
            and node.op == "*"
            and not self._is_scalar(node.left)
            and not self._is_scalar(node.right)
        )

    def _power(self, node: Binary) -> Fragment:
        entrywise = not self._is_scalar(node)
        return Fragment([(node.left, ATOM, False), *self.raised(node.right, entrywise)], FACTOR)

    def _entrywise(self, node: Binary) -> Fragment:
        """An elementwise product or quotient; a matrix product stands in parentheses in it."""
        least = FACTOR if self.fragments[id(node.left)].product else PRODUCT
        if node.op == "*" and self._is_entrywise_product(node.left):
            least = ENTRYWISE
        sign = self.hadamard if node.op == "*" else self.entrywise_quotient
        return Fragment([(node.left, least, True), sign, (node.right, FACTOR, False)], ENTRYWISE)

    def _product(self, node: Binary) -> Fragment:
        """A matrix product or a scaling, by juxtaposition; (xᵀ x) A keeps its parentheses, xᵀ A x needs none."""
        inner = self.fragments[id(node.left)]
        inner_product_scales = inner.product and self._is_scalar(node.left) and not self._is_scalar(node.right)
        left = (node.left, FACTOR if inner_product_scales else PRODUCT, True)
        right = (node.right, FACTOR, False)
        digit = self.fragments[id(node.right)].digit and not self._bracketed(right)
        product = node.op == "@" or inner.product and not self._bracketed(left)
        return Fragment([left, self.dot if digit else " ", right], PRODUCT, product=product)

    # -- calls --------------------------------------------------------------------------------------------

    def _call(self, node):
        if is_differential(node, self.book):
            return Fragment([self.differential(self.brackets[0]), (node.args[0], ANY, True), self.brackets[1]], ATOM)
        if is_subscript(node) or node.function in LISTS or is_block(node) or node.function in ("hstack", "vstack"):
            return self._arranged(node)
        rule = fitting_rule(node, self.book, self.shapes)
        if rule.same and not node.keywords and self.shapes[id(node.args[0])][1] != "1":
            # a paper's softmax of a matrix is by rows where it multiplies from the left: columns are said
            for _, value in rule.same.keywords:
                self.fragments[id(value)] = self._fragment(value)
            return Fragment(self.function(replace(node, keywords=rule.same.keywords)), ATOM)
        text = getattr(rule, self.field)
        if text and not self._is_unsized(text, node):
            template = read_template(self._with_size(text, node), tuple(parameter.name for parameter in rule.params))
            if self._can_be_read(template, node):
                return self._filled(template, node)
        return Fragment(self.function(node), ATOM)

    def _with_size(self, text: str, node: Call) -> str:
        """Return the template of a call, without the sizes of a constant where they follow from what is beside it."""
        return text.partition("^")[0] if is_unit(node, self.book) and not self._is_sized(node) else text

    def _is_sized(self, node: Call) -> bool:
        """Return whether a unit column needs its size: where nothing gives it, or as e_k, which could be a name."""
        index = node.args[0]
        if isinstance(index, Name):
            return id(node) in self.open or index.id not in UNIT_INDICES or index.id in self.indices
        return id(node) in self.open or not isinstance(index, (Number, Binary))

    def _is_unsized(self, text: str, node: Call) -> bool:
        """Return whether a template leaves out sizes that follow from nothing."""
        return False

    def _arranged(self, node):
        """A subscript, a list or a block: what is between their brackets may be anything."""
        if is_subscript(node):
            operand, inner = written(node)
            return self.subscripted(operand, [p if isinstance(p, str) else (p, ANY, True) for p in inner])
        if node.function == ZERO:
            return Fragment(["0"], ATOM, digit=True)
        if node.function in (ROW, PARTS):
            return Fragment(self.listed([(arg, ANY, True) for arg in node.args]), ATOM)
        return Fragment(self.arranged(node), ATOM)

    def subscripted(self, operand, inner):
        """Return the fragment of operand[inner]; ``inner`` are the pieces between the brackets."""
        return Fragment([(operand, ATOM, False), "[", *inner, "]"], ATOM)

    def listed(self, parts):
        """Return the pieces of parts side by side."""
        return ["[", *[piece for part in parts for piece in (", ", part)][1:], "]"]

    def arranged(self, node):
        """Return the pieces of a list, a block or parts that are stacked."""
        for arg in node.args:
            if isinstance(arg, Call) and arg.function == "zeros":  # a sign alone would not say how many
                self.fragments[id(arg)] = Fragment(self.function(arg), ATOM)
        pieces = [piece for arg in node.args for piece in (", ", (arg, ANY, True))][1:]
        if node.function in (LIST, DISPLAY):
            return ["[", *pieces, "]"]
        return ["block([", *pieces, "])"] if is_block(node) else [node.function, "(", *pieces, ")"]

    def _can_be_read(self, template: Template, node: Call) -> bool:
        """A variable I forbids I for the identity; bars within bars of the same kind could pair otherwise.

        Bars around a square matrix are its determinant, and D_3 is a name.
        """
        inside = frozenset().union(*[self.fragments[id(arg)].bars for arg in node.args])
        if node.function == "abs" and len({"1", *self.shapes[id(node)]}) == 2 and "1" not in self.shapes[id(node)]:
            return False
        if template.head in ("D", "L") and isinstance(node.args[0], Number):
            return False
        return template.head not in self.spelled.values() and not template.bars & inside

    def _filled(self, template, node):
        pieces = []
        for part in template.parts:
            if not isinstance(part, Slot):
                pieces.append(part)
            elif part.script:
                arg = node.args[part.index]
                written = {"_": self.lowered, INDEX: self.index}.get(part.script)
                pieces += written(arg) if written else self.raised(arg, False)
            else:
                pieces.append((node.args[part.index], part.least, part.least <= SUM))
        return Fragment(pieces, template.level, bars=template.bars)
