"""The messages of shape errors: what does not fit, where, and one way to mend it."""

from __future__ import annotations

import re

from ..errors import ShapeError
from ..language.subscripts import DISPLAY, ROW, as_block
from ..language.syntax import Call, Name, postorder
from ..language.unparse import unparse
from ..words import shown_shape, shown_size
from .sizes import Size, find

# how a row of a matrix is called within a sum over an index
_ROW_OF_SUM = re.compile(r"([A-Z]\w*)\[(\w+)(?:, :)?\]")

class ShapeMessages:
    """The part of the inference that words its errors; ``source`` and ``node_shapes`` are the inference's."""

    def _text(self, shape):
        shown = shown_shape if len(shape) > 1 else lambda sizes: shown_size(sizes[0])
        return "×".join("?" if isinstance(find(s), Size) else shown([find(s)]) for s in shape)

    def _operand(self, node):
        return self.source[node.span.start : node.span.end] if node.span.end else "the operand"

    def _product_error(self, node):
        left, right = self.node_shapes[id(node.left)], self.node_shapes[id(node.right)]
        shown = (self._operand(node.left), self._text(left), self._operand(node.right), self._text(right))
        hint = self._product_hint(node, left, right)
        return ShapeError(
            "shapes do not fit in '@': {} is {}, {} is {}".format(*map(_short, shown))
            + f" ({self._text(left[1:])} ≠ {self._text(right[:1])})",
            source=self.source,
            span=node.span,
            hint=hint,
        )

    def _product_hint(self, node, left, right):
        if isinstance(node.left, Name) and find(left[0]) == find(right[0]):
            return f"{node.left.id}.T @ {_short(self._operand(node.right))} fits"
        if isinstance(node.right, Name) and find(left[1]) == find(right[1]):
            return f"{_short(self._operand(node.left))} @ {node.right.id}.T fits"
        for part in postorder(node):
            row = _ROW_OF_SUM.fullmatch(part.id) if isinstance(part, Name) else None
            if row is not None:
                name, k = row[1], row[2]
                stack = f"{name}[{k}*n:{k}*n + n, :] is matrix {k} of those that stand below one another in {name}"
                return f"{name}[{k}] is a row; {stack}"
        return 'declare the shapes with --shape "A: n×m, x: m"'

    def _elementwise_error(self, node, left, right):
        if isinstance(node, Call):
            return ShapeError(
                f"shapes do not fit in {node.function}: sizes {left} and {right}",
                source=self.source,
                span=node.span,
                hint="its arguments have one shape, or one of them is a scalar",
            )
        one, other = self.node_shapes[id(node.left)], self.node_shapes[id(node.right)]
        return ShapeError(
            f"shapes do not fit in '{node.op}': {_short(self._operand(node.left))} is {self._text(one)}, "
            f"{_short(self._operand(node.right))} is {self._text(other)} ({left} ≠ {right})",
            source=self.source,
            span=node.span,
            hint="an elementwise operation takes operands of one shape; @ is the matrix product",
        )

    def _signature_error(self, node, arg, parameter, rule):
        shape = self.node_shapes[id(arg)]
        shown = _short(self._operand(arg))
        if parameter.sizes[0] == parameter.sizes[1]:
            return ShapeError(
                f"{node.function} needs a square matrix, but {shown} is {self._text(shape)}",
                source=self.source,
                span=arg.span,
                hint=self._square_hint(arg),
            )
        return ShapeError(
            f"{node.function} takes {rule.header.split(' ->')[0]}, but {shown} is {self._text(shape)}",
            source=self.source,
            span=arg.span,
            hint=f"see matcalc rules {node.function}",
        )

    def _square_hint(self, arg):
        found = [n.id for n in postorder(arg) if isinstance(n, Name)]
        inner = ", ".join(f"{name}: n×n" for name in dict.fromkeys(found)) or "A: n×n"
        return f'declare --shape "{inner}"'

    def _scalar_error(self, node, arg, parameter):
        if node.function == ROW:
            return self._list_error(node, arg)
        return ShapeError(
            f"{parameter.name} of {node.function} is a scalar, but {_short(self._operand(arg))} is "
            f"{self._text(self.node_shapes[id(arg)])}",
            source=self.source,
            span=arg.span,
            hint="write a number or a scalar",
        )

    def _list_error(self, node, arg):
        displays = (n for n in postorder(self.tree) if isinstance(n, Call) and n.function == DISPLAY)
        display = next((n for n in displays if any(row is node for row in n.args)), None)
        matrices = f"a matrix of matrices is {_short(unparse(as_block(display)), 60)}" if display else ""
        return ShapeError(
            f"[[...]] is made of numbers, but {_short(self._operand(arg))} is {self._text(self.node_shapes[id(arg)])}",
            source=self.source,
            span=arg.span,
            hint=matrices or "write a number or a scalar",
        )

    def _column_error(self, name):
        return ShapeError(
            f"'{name}' cannot be a column here, as its spelling says",
            source=self.source,
            span=self.name_nodes[name].span,
            hint=f'write {name}.T for a row, or declare --shape "{name}: n×m"',
        )

    def _entries_error(self, node, left, right):
        operand = _short(self._operand(node.args[0]))
        return ShapeError(
            f"{node.function} keeps the number of entries: {operand} has {shown_size(left)}, not {shown_size(right)}",
            source=self.source,
            span=node.span,
            hint="give sizes whose product is the number of entries",
        )

    def _sizes_error(self, node, left, right):
        return ShapeError(
            f"the sizes {left} and {right} do not fit together",
            source=self.source,
            span=node.span,
            hint='declare the shapes with --shape "A: n×m, x: m"',
        )

    def _count_error(self, node, expected, found):
        return ShapeError(
            f"{node.function} takes {shown_size(expected)} entries here, not {shown_size(found)}",
            source=self.source,
            span=node.span,
            hint="the size of the matrix says how many there are",
        )


def _short(text, width=40):
    return text if len(text) <= width else text[: width - 1] + "…"
