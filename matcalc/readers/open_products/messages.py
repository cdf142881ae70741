"""The messages of shape errors in the forms that a foreign notation leaves open."""

from __future__ import annotations

from ...errors import ShapeError
from ...language.syntax import Binary, Call
from ...shapes.sizes import Size, find, is_one
from .forms import DOT_PRODUCT, FRACTION, LEFT_QUOTIENT, OPEN_OPERATORS, POWER, PRODUCT, QUOTIENT, TIMES
from .kinds import is_matrix, is_scalar

_SIGNS = dict.fromkeys((PRODUCT, DOT_PRODUCT, TIMES), "the product")
_SIGNS |= {QUOTIENT: "'/'", FRACTION: "the fraction"}
_SIGNS |= {LEFT_QUOTIENT: "'\\'", POWER: "'^'"}


class OpenMessages:
    """The part of the inference that words its errors; all attributes are the inference's."""

    def _product_error(self, node):
        if node.op not in OPEN_OPERATORS:
            return super()._product_error(node)
        return ShapeError(
            f"shapes do not fit in the product: {self._told(node.left, node.right)}",
            source=self.source,
            span=node.span,
            hint=self._fitting_transpose(node) or 'declare the shapes with --shape "A: n×m, x: m"',
        )

    def _operands_error(self, node):
        return ShapeError(
            f"shapes do not fit: {self._told(*node.args)}",
            source=self.source,
            span=node.span,
            hint="the two have one shape; sum(A(:).*B(:)) is the sum over all entries",
        )

    def _fitting_transpose(self, node):
        left, right = (self.node_shapes[id(side)] for side in (node.left, node.right))
        texts, mark = (
            (self._operand(node.left), self._operand(node.right)),
            "'" if self.syntax == "matlab" else r"^\top",
        )
        times = "*" if self.syntax == "matlab" else " "
        if max(map(len, texts)) > 20 or not all(text.isalnum() for text in texts):
            return None
        if find(left[0]) == find(right[0]) and is_scalar(left) is False:
            return f"{texts[0]}{mark}{times}{texts[1]} fits"
        if find(left[1]) == find(right[1]) and is_scalar(right) is False:
            return f"{texts[0]}{times}{texts[1]}{mark} fits"
        return None

    def _told(self, *nodes):
        """Return what is known of the shapes of operands: 'A is m×n, x is n×1'."""
        known = [node for node in nodes if not all(isinstance(find(size), Size) for size in self.node_shapes[id(node)])]
        return ", ".join(
            f"{_shortened(self._operand(node))} is {self._text(self.node_shapes[id(node)])}" for node in known or nodes
        )

    @property
    def entrywise_power_hint(self):
        """How the entrywise power is written."""
        sign = ".^" if self.syntax == "matlab" else r"^{\odot …}"
        return f"write {sign} for the entrywise power"

    def _power_error(self, node):
        if not all(is_one(size) is not False for size in self.node_shapes[id(node.right)]):
            message, hint = f"an exponent is a scalar, but {self._told(node.right)}", "write a number or a scalar"
            return ShapeError(message, source=self.source, span=node.span, hint=hint)
        told = self._told(node.left)
        shape = self.node_shapes[id(node.left)]
        if is_matrix(shape) is False and any(isinstance(find(size), Size) for size in shape):
            told = f"{self._shown(node.left)} is a {'column' if is_one(shape[1]) else 'row'}"
        return self._no_power(node, told)

    def column_power_error(self, node):
        """Return the error for the power of a sum with a column in it."""
        return self._no_power(node, f"{self._shown(node.left)} has a column as a term")

    def _no_power(self, node, told):
        message = f"a power is one of a scalar or of a square matrix, but {told}"
        return ShapeError(message, source=self.source, span=node.span, hint=self._power_hint(node))

    def _shown(self, node):
        return _shortened(_stripped(self._operand(node)))

    def _power_hint(self, node):
        """Return what an entrywise power, or the sum of squares that may be meant, is written like."""
        name = self._shown(node.left)
        if name.isalnum():
            return f'{self.entrywise_power_hint}, or declare --shape "{name}: scalar"'
        if isinstance(node.left, Call) or "…" in name:
            return self.entrywise_power_hint
        norm = f"norm({name})^2" if self.syntax == "matlab" else rf"\|{name}\|^2"
        return f"{self.entrywise_power_hint}, {norm} for the sum of squares"

    def _quotient_error(self, node):
        hint = "write inv(X) for the inverse, ./ for the entrywise quotient"
        if self.syntax == "latex":
            hint = r"write X^{-1} for the inverse, \oslash for the entrywise quotient"
        return ShapeError(
            f"shapes do not fit in {_SIGNS[node.op]}: {self._told(node.left, node.right)}",
            source=self.source,
            span=node.span,
            hint=hint,
        )

    def _elementwise_error(self, node, left, right):
        error = super()._elementwise_error(node, left, right)
        if isinstance(node, Binary):
            error.hint = 'declare the shapes with --shape "A: n×m, x: m"'
        return error


def _stripped(text):
    """Return a text without the one pair of parentheses around it."""
    depth = 0
    for place, sign in enumerate(text):
        depth += (sign == "(") - (sign == ")")
        if not depth:
            return text[1:-1] if sign == ")" and place == len(text) - 1 else text
    return text


def _shortened(text, width=40):
    if text[:1] == "{" and text[-1:] == "}":
        text = text[1:-1]
    return text if len(text) <= width else text[: width - 1] + "…"
