"""Surface trees in MATLAB's notation, written without the readers, for their tests.

The shapes of the nodes say which products are elementwise; parentheses stand only where MATLAB needs them.
"""

from matcalc.language.syntax import Call, Name, Negate, Number, String, Transpose, postorder
from matcalc.printers.sizes import SCALAR, name_shapes, node_shapes

SUM, PRODUCT, SIGN, POWER, ATOM = 1, 2, 3, 4, 5
TOTALS = ("sum", "mean")
ENTRIES = ("max", "min", "prod")


def matlab_text(tree, book, shapes):
    """Return a surface tree in MATLAB's notation. ``shapes``: those of its names, as in declarations."""
    found = node_shapes(tree, book, name_shapes(tree, book, shapes))
    written = {}
    for node in postorder(tree):
        written[id(node)] = _written(node, written, found)
    return written[id(tree)][0]


def _written(node, written, shapes):
    """Return the text of a node, and how tightly it binds."""

    def text(part, least=0):
        shown, level = written[id(part)]
        return f"({shown})" if level < least else shown

    if isinstance(node, Number):
        value = node.value
        if value.denominator == 1 and value >= 0:
            return str(value), ATOM
        return str(value), PRODUCT
    if isinstance(node, String):
        return f"'{node.value}'", ATOM
    if isinstance(node, Name):
        return {"lam": "lambda"}.get(node.id, node.id), ATOM
    if isinstance(node, Negate):
        return "-" + text(node.operand, SIGN), SIGN
    if isinstance(node, Transpose):
        return text(node.operand, POWER) + "'", POWER
    if isinstance(node, Call):
        return _call(node, text, shapes), ATOM
    return _binary(node, text, shapes)


def _binary(node, text, shapes):
    scalars = [shapes[id(side)] == SCALAR for side in (node.left, node.right)]
    if node.op in "+-":
        return f"{text(node.left, SUM)} {node.op} {text(node.right, PRODUCT)}", SUM
    if node.op == "**":
        sign = "^" if all(scalars) else ".^"
        return f"{text(node.left, POWER)}{sign}{text(node.right, ATOM)}", POWER
    sign = {"@": "*", "*": "*" if any(scalars) else ".*", "/": "/" if scalars[1] else "./"}[node.op]
    return f"{text(node.left, PRODUCT)}{sign}{text(node.right, SIGN)}", PRODUCT


def _call(node, text, shapes):
    args = [text(arg) for arg in node.args]
    name = node.function
    axis = [str(value.value + 1) for word, value in node.keywords if word == "axis"]
    if name in TOTALS and not axis:
        return f"{name}({args[0]}, 'all')"
    if name in ENTRIES and "1" not in shapes[id(node.args[0])]:
        return f"{name}(vec({args[0]}))"
    if name == "dot" and "1" not in shapes[id(node.args[0])]:
        return f"dot(vec({args[0]}), vec({args[1]}))"
    if name == "norm" and len(args) == 1 and "1" not in shapes[id(node.args[0])]:
        return f"norm({args[0]}, 'fro')"
    if name in ("ones", "zeros") and len(args) == 1:
        args = [*args, "1"]
    if name == "matpow":
        return f"({args[0]})^({args[1]})"
    if name == "solve":
        return f"(({args[0]})\\({args[1]}))"
    return f"{ {'maximum': 'max', 'minimum': 'min'}.get(name, name) }({', '.join([*args, *axis])})"
