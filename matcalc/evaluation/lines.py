"""What the torch line of a rule may call: torch's own functions, and the matrix functions that torch lacks.

A torch line may come from a user's file, so it is never evaluated as it stands: its syntax tree is checked
against a short list of what is allowed, every dotted name is replaced by the function it was found to be,
and the compiled line sees nothing else.
"""

from __future__ import annotations

import ast
import types
from functools import lru_cache

import torch

from ..bounds import MAX_LINE_CHARACTERS as MAX_CHARACTERS
from ..errors import RuleFileError, Span
from . import choices as torch_choices
from . import cofactors as torch_cofactors
from . import complexes as torch_complexes
from . import halves as torch_halves
from . import matrices as torch_matrices
from . import special as torch_special
from . import spectral as torch_spectral
from . import triangular as torch_triangular
from . import vectors as torch_vectors
from .matrices import matrix_exp, matrix_power

# what stands as torch_functions.NAME in a torch line
_MODULES = (
    torch_choices,
    torch_complexes,
    torch_cofactors,
    torch_halves,
    torch_matrices,
    torch_special,
    torch_spectral,
    torch_triangular,
    torch_vectors,
)
_OWN = {name: getattr(module, name) for module in _MODULES for name in module.__all__}
_ATTRIBUTES = frozenset({"mT", "T", "shape"})
_METHODS = frozenset(
    {"contiguous", "detach", "diagonal", "flatten", "mean", "reshape", "squeeze", "sum", "transpose", "unsqueeze"}
)
_CONSTANTS = frozenset({"float64", "pi", "inf"})
_BANNED = frozenset({"from_file", "frombuffer", "from_numpy"})
# torch imports modules of its own when some functions are first called, with the caller's builtins
_IMPORT = {"__import__": __import__}
_OPERATORS = (ast.Add, ast.Sub, ast.Mult, ast.Div, ast.FloorDiv, ast.MatMult, ast.Pow, ast.USub, ast.UAdd)
_PLAIN = (
    ast.Expression,
    ast.BinOp,
    ast.UnaryOp,
    ast.Load,
    ast.Slice,
    ast.Tuple,
    ast.Subscript,
    ast.keyword,
    *_OPERATORS,
)


# -- torch functions that are replaced ------------------------------------------------------------------


def heaviside(X, values):
    """X: n, m; values: n, m -> n, m; torch's own, which refuses to be differentiated, as the constant that it is."""
    return torch.heaviside(X.detach(), values.detach())


def kron(A, B):
    """A: m, n; B: p, q -> m*p, n*q; torch's own refuses some transposed arguments."""
    return (A[:, None, :, None] * B[None, :, None, :]).reshape(A.shape[0] * B.shape[0], A.shape[1] * B.shape[1])


def gt(X, Y):
    """X, Y: n, m -> n, m; torch's own, of real numbers that stand beside complex ones in one type."""
    return torch.gt(*(value.real if isinstance(value, torch.Tensor) else value for value in (X, Y)))


_REPLACED = {
    "torch.gt": gt,
    "torch.linalg.matrix_exp": matrix_exp,
    "torch.linalg.matrix_power": matrix_power,
    "torch.heaviside": heaviside,
    "torch.kron": kron,
    "torch.sign": torch.sgn,  # of real numbers the same, of complex ones z/|z|
}

# -- torch lines -----------------------------------------------------------------------------------------


@lru_cache(maxsize=4096)
def compile_line(text, names):
    """Return the torch line ``text`` as a function of a mapping of ``names``, a tuple.

    Raises RuleFileError with the place in the line where it has anything that is not allowed.
    """
    if len(text) > MAX_CHARACTERS:
        raise _refused(text, None, f"the torch line has {len(text)} characters; at most {MAX_CHARACTERS} are read")
    try:
        tree = ast.parse(text, mode="eval")
        reader = _Reader(text, frozenset(names))
        code = compile(ast.fix_missing_locations(reader.visit(tree)), "<torch line>", "eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise _refused(text, None, "the torch line is not a Python expression") from error
    return lambda values: eval(code, {"__builtins__": _IMPORT, **reader.functions}, values)  # noqa: S307 (every node was checked)


def _refused(text, node, message):
    span = Span(0, len(text))
    if node is not None and text.isascii():
        span = Span(node.col_offset, node.end_col_offset)
    return RuleFileError(
        message,
        source=text,
        span=span,
        hint="a torch line calls functions of torch, torch.linalg, torch.special, "
        "torch.nn.functional or torch_functions on the rule's parameters",
    )


class _Reader(ast.NodeTransformer):
    """Checks the nodes of a torch line and replaces dotted names by the functions they stand for."""

    def __init__(self, text, names):
        self.text, self.names, self.functions = text, names, {}

    def refuse(self, node, message):
        raise _refused(self.text, node, message)

    def generic_visit(self, node):
        if not isinstance(node, _PLAIN):
            place = node if isinstance(node, ast.expr) else None
            self.refuse(place, f"{type(node).__name__} is not allowed in a torch line")
        return super().generic_visit(node)

    def visit_Name(self, node):
        if node.id not in self.names:
            self.refuse(node, f"'{node.id}' is not a parameter or a size of the rule")
        return node

    def visit_Constant(self, node):
        if node.value is not None and not isinstance(node.value, (bool, int, float)):
            self.refuse(node, "text can only be an argument")
        return node

    def visit_BinOp(self, node):
        # a power of plain numbers could be astronomically large
        if isinstance(node.op, ast.Pow) and not any(isinstance(n, ast.Name) for n in ast.walk(node.left)):
            self.refuse(node, "a power of a number is not allowed in a torch line")
        if any(isinstance(side, ast.Tuple) for side in (node.left, node.right)):
            self.refuse(node, "a tuple can only be an argument or an index")
        return self.generic_visit(node)

    def visit_Attribute(self, node):
        path = _dotted(node)
        if path and path[0] in ("torch", "torch_functions"):
            if path[0] == "torch" and len(path) == 2 and path[1] in _CONSTANTS:
                return self._found(node, path, getattr(torch, path[1]))
            self.refuse(node, f"{'.'.join(path)} is not a constant that a torch line may use")
        if node.attr not in _ATTRIBUTES:
            self.refuse(node, f".{node.attr} is not allowed in a torch line")
        node.value = self.visit(node.value)
        return node

    def visit_Call(self, node):
        node.func = self._function(node.func, node)
        node.args = [self._argument(arg) for arg in node.args]
        for item in node.keywords:
            if item.arg is None or item.arg.startswith("_"):
                self.refuse(node, "'**' is not allowed in a torch line")
            if item.arg in ("out", "inplace"):
                self.refuse(node, f"{item.arg}= is not allowed in a torch line: it writes into an array")
            item.value = self._argument(item.value)
        return node

    def _argument(self, node):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            return node
        return self.visit(node)

    def _function(self, function, call):
        path = _dotted(function)
        if path == ["float"] and len(call.args) == 1 and getattr(call.args[0], "value", None) in ("inf", "-inf"):
            return self._found(function, path, float)
        if path and path[0] in ("torch", "torch_functions"):
            found = _allowed_function(path)
            if found is None:
                self.refuse(function, f"{'.'.join(path)} is not a function that a torch line may call")
            return self._found(function, path, found)
        if isinstance(function, ast.Attribute) and function.attr in _METHODS:
            function.value = self.visit(function.value)
            return function
        self.refuse(function, f"'{ast.unparse(function)}' is not a function that a torch line may call")

    def _found(self, node, path, value):
        name = "_".join(["found", *path])
        self.functions[name] = value
        return ast.copy_location(ast.Name(name, ast.Load()), node)


def _dotted(node):
    """Return the parts of a dotted name, or an empty list for any other node."""
    parts = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    return [node.id, *reversed(parts)] if isinstance(node, ast.Name) else []


def _allowed_function(path):
    *module, name = path
    if name.startswith("_") or name.endswith("_") or name in _BANNED:
        return None
    if ".".join(path) in _REPLACED:
        return _REPLACED[".".join(path)]
    if module == ["torch_functions"]:
        return _OWN.get(name)
    if module == ["torch"]:
        known = hasattr(torch._C._VariableFunctions, name) or name in torch.functional.__all__
        return getattr(torch, name) if known else None
    places = {"linalg": torch.linalg, "special": torch.special, "nn.functional": torch.nn.functional}
    place = places.get(".".join(module[1:])) if module[0] == "torch" else None
    found = getattr(place, name, None)
    return found if isinstance(found, (types.FunctionType, types.BuiltinFunctionType)) else None
