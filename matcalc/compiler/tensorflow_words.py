"""Text in the Python array API standard, with the namespace ``xp``, in TensorFlow's words.

TensorFlow's own functions follow the standard neither in their names nor in all arguments, and its tensors have no
``.T``. What is translated are lines of rules and helper functions; the products of the latter are of matrices alone.
"""

from __future__ import annotations

import ast
from collections.abc import Callable

from ..errors import NoRuleError

# what is called otherwise and takes the same arguments; device= is left out everywhere
RENAMED = {
    "acos": "acos",
    "argsort": "argsort",
    "astype": "cast",
    "atan2": "atan2",
    "ceil": "math.ceil",
    "clip": "clip_by_value",
    "concat": "concat",
    "conj": "math.conj",
    "cumulative_sum": "cumsum",
    "equal": "equal",
    "expm1": "math.expm1",
    "imag": "math.imag",
    "hypot": "experimental.numpy.hypot",
    "isfinite": "math.is_finite",
    "isinf": "math.is_inf",
    "isnan": "math.is_nan",
    "log": "math.log",
    "log10": "experimental.numpy.log10",
    "log1p": "math.log1p",
    "log2": "experimental.numpy.log2",
    "logaddexp": "experimental.numpy.logaddexp",
    "logical_and": "logical_and",
    "logical_not": "logical_not",
    "logical_or": "logical_or",
    "max": "reduce_max",
    "mean": "reduce_mean",
    "min": "reduce_min",
    "permute_dims": "transpose",
    "prod": "reduce_prod",
    "real": "math.real",
    "arange": "range",
    "finfo": "experimental.numpy.finfo",
    "std": "math.reduce_std",
    "sum": "reduce_sum",
    "var": "math.reduce_variance",
    "linalg.diagonal": "linalg.diag_part",
    "linalg.matmul": "matmul",
    "linalg.vector_norm": "norm",
    "pow": "pow",
}
# functions of the same name and arguments
_ALIKE = frozenset(
    """abs acosh asin asinh atan atanh cos cosh exp eye floor greater greater_equal less less_equal matmul maximum
    minimum not_equal ones ones_like reshape round sign sin sinh sort sqrt square squeeze stack tan tanh where zeros
    zeros_like linalg.cholesky linalg.det linalg.eigh linalg.eigvalsh linalg.inv linalg.pinv linalg.qr linalg.slogdet
    linalg.solve linalg.trace""".split()
)
_CONSTANTS = {"pi": "3.141592653589793", "nan": "float('nan')", "inf": "float('inf')"}
# of arrays with one axis, too
_PRODUCT = "tf.experimental.numpy.matmul"
# keywords that say what TensorFlow does anyway
_SILENT = {"device": None, "correction": 0, "full_matrices": None}
# helper functions that stand for a function of the standard
_HELPERS = {"linalg.matrix_power": "power_of_matrix", "linalg.svd": "singular_decomposition"}


def in_tensorflow(text: str, vectors: bool = False) -> str:
    """Return lines or whole functions of the standard in TensorFlow's words; raises NoRuleError where it has none.

    ``vectors``: whether products may be of arrays with one axis, which TensorFlow's own product refuses.
    """
    return _Translation(text, vectors).whole()


class _Translation:
    """The translation of one text: what stays as it is stays letter for letter."""

    def __init__(self, text: str, vectors: bool) -> None:
        self.vectors = vectors
        self.bytes = text.encode()
        self.starts = [0]
        for line in self.bytes.splitlines(keepends=True):
            self.starts.append(self.starts[-1] + len(line))
        self.tree = ast.parse(text)

    def whole(self) -> str:
        """Return the whole text."""
        return self._spliced(self.tree, 0, len(self.bytes))

    def _place(self, node: ast.expr) -> tuple[int, int]:
        last = node.end_lineno or node.lineno
        return self.starts[node.lineno - 1] + node.col_offset, self.starts[last - 1] + (node.end_col_offset or 0)

    def _spliced(self, node: ast.AST, start: int, stop: int) -> str:
        """Return the text between two places, which a node takes, with its parts translated."""
        found, at = [], start
        places = [(self._place(part), part) for part in self._parts(node)]
        for (first, last), part in sorted(places, key=lambda item: item[0]):
            found += [self.bytes[at:first].decode(), self.text(part)]
            at = last
        return "".join([*found, self.bytes[at:stop].decode()])

    def _parts(self, node: ast.AST) -> list[ast.expr]:
        """Return the expressions directly below a node, of which each has a place."""
        found = []
        for child in ast.iter_child_nodes(node):
            found += [child] if isinstance(child, ast.expr) else self._parts(child)
        return found

    def text(self, node: ast.expr) -> str:
        """Return the text of an expression, translated."""
        if isinstance(node, ast.Attribute):
            if node.attr in ("T", "mT"):
                return f"tf.{'transpose' if node.attr == 'T' else 'linalg.matrix_transpose'}({self.text(node.value)})"
            path = _path(node)
            if path in _CONSTANTS:
                return _CONSTANTS[path]
            if path:
                return _function(path)
        if isinstance(node, ast.Call) and _path(node.func):
            return self._call(node, _path(node.func))
        if self.vectors and isinstance(node, ast.BinOp) and isinstance(node.op, ast.MatMult):
            return f"{_PRODUCT}({self.text(node.left)}, {self.text(node.right)})"
        return self._spliced(node, *self._place(node))

    def _call(self, node: ast.Call, path: str) -> str:
        given = [self.text(argument) for argument in node.args]
        words = {word.arg: word.value for word in node.keywords if word.arg}
        if self.vectors and path in ("matmul", "linalg.matmul"):
            return f"{_PRODUCT}({', '.join(given)})"
        special = _SPECIAL.get(path)
        if special is not None:
            return special(given, {name: ast.literal_eval(value) for name, value in words.items()})
        given += [f"{name}={self.text(value)}" for name, value in words.items() if name not in _SILENT]
        whole = words.get("full_matrices")
        if whole is not None:
            given.append(f"full_matrices={self.text(whole)}")
        return f"{_function(path)}({', '.join(given)})"


def _path(node: ast.expr) -> str:
    """Return the name of what an expression names in the standard: linalg.inv; '' where it names nothing there."""
    names: list[str] = []
    while isinstance(node, ast.Attribute):
        names, node = [node.attr, *names], node.value
    return ".".join(names) if isinstance(node, ast.Name) and node.id == "xp" else ""


def _function(path: str) -> str:
    if path in _HELPERS:
        return f"array_functions.{_HELPERS[path]}"
    if path not in RENAMED and path not in _ALIKE:
        raise NoRuleError(f"'{path}' has no counterpart in tensorflow", hint="take another target")
    return f"tf.{RENAMED.get(path, path)}"


def _matrix_norm(given: list[str], words: dict) -> str:
    order = words.get("ord", "fro")
    if order == "fro":
        return f"tf.norm({given[0]})"
    values = f"tf.linalg.svd({given[0]}, compute_uv=False)"
    return f"tf.reduce_{'max' if order == 2 else 'sum'}({values})"


def _triangle(given: list[str], words: dict) -> str:
    """The lower triangle; without its diagonal where k is -1, which a difference would make NaN of where it is inf."""
    return _without_diagonal(f"tf.linalg.band_part({given[0]}, -1, 0)", given[0], words)


def _upper(given: list[str], words: dict) -> str:
    return _without_diagonal(f"tf.linalg.band_part({given[0]}, 0, -1)", given[0], words)


def _without_diagonal(text: str, array: str, words: dict) -> str:
    return f"tf.linalg.set_diag({text}, tf.zeros_like(tf.linalg.diag_part({array})))" if words.get("k") else text


_SPECIAL: dict[str, Callable[[list[str], dict], str]] = {
    "linalg.matrix_norm": _matrix_norm,
    "linalg.svdvals": lambda given, words: f"tf.linalg.svd({given[0]}, compute_uv=False)",
    "tril": _triangle,
    "triu": _upper,
}
