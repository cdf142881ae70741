"""The counterpart of a function of the language in an array library, as its rule states it.

An ``array`` line is in the Python array API standard with the namespace ``xp``, and serves every target. A ``numpy`` or
``jax`` line is better in that library. A ``torch`` line is written for tensors of two dimensions: it serves the others
where all that it calls has the same name and meaning in the standard. In generated code scalars have no dimension,
columns and rows one.
"""

from __future__ import annotations

import ast
import inspect
import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from ..errors import NoRuleError
from . import (
    array_cofactors,
    array_entries,
    array_functions,
    array_halves,
    array_low_rank,
    array_matrices,
    array_special,
    array_spectral,
    array_symmetric,
    array_tensorflow,
    array_vectors,
)
from .octave_lines import octave_line
from .targets import TARGETS
from .tensorflow_words import in_tensorflow

if TYPE_CHECKING:
    from ..rulebook.entries import Rule

# functions of array_functions and array_matrices that a library has, and takes the same arguments
NATIVE = {
    "numpy": {
        "expm": "scipy.linalg.expm",
        "logsumexp": "array_functions.logsumexp_in_one_array",
        "softmax": "array_functions.softmax_in_one_array",
    },
    "torch": {
        "digamma": "torch.special.digamma",
        "expm": "torch.linalg.matrix_exp",
        "lgamma": "torch.special.gammaln",
        "logsumexp": "torch.logsumexp",
        "softmax": "torch.softmax",
    },
    "jax": {"expm": "jax.scipy.linalg.expm"},
    "tensorflow": {
        # of a singular matrix the inverse is an error here, of which the code cannot know; erf(inf) is NaN
        "adjugate": "array_functions.adjugate_by_singular_values",
        "digamma": "tf.math.digamma",
        "erfc": "tf.math.erfc",
        "expm": "tf.linalg.expm",
        "lgamma": "tf.math.lgamma",
        "logsumexp": "tf.reduce_logsumexp",
        "sigmoid": "tf.sigmoid",
        "softmax": "tf.nn.softmax",
    },
}

# what torch and the standard call alike, by the number of arguments
_ELEMENTWISE = {
    1: frozenset(
        """abs acos acosh asin asinh atan atanh ceil cos cosh exp expm1 floor isfinite isinf isnan log log10 log1p log2
        logical_not ones_like round sign sin sinh sqrt square tan tanh trunc zeros_like""".split()
    ),
    2: frozenset(
        """atan2 copysign equal greater greater_equal hypot less less_equal logaddexp logical_and logical_or maximum
        minimum not_equal""".split()
    ),
    3: frozenset({"clip", "where"}),
}
# of the whole array to one number
_REDUCTIONS = frozenset({"linalg.vector_norm", "max", "mean", "min", "prod", "sum"})
_MATRIX_FUNCTIONS = {
    1: frozenset(
        """linalg.cholesky linalg.det linalg.eigh linalg.eigvalsh linalg.inv linalg.pinv linalg.qr linalg.slogdet
        linalg.svdvals""".split()
    ),
    2: frozenset({"linalg.matrix_power", "linalg.solve", "matmul"}),
}
# helper functions that are NaN where eigenvectors, singular vectors or a polar factor are not determined
_PARTIAL = frozenset({"eigvecs", "eigvecmax", "eigvecmin", "svdu", "svdv", "polar"})
_CONSTANTS = frozenset({"inf", "pi"})
_MODULES = (
    array_functions,
    array_cofactors,
    array_entries,
    array_halves,
    array_low_rank,
    array_matrices,
    array_special,
    array_spectral,
    array_symmetric,
    array_tensorflow,
    array_vectors,
)
_HELPERS = {
    name: function
    for module in _MODULES
    for name, function in inspect.getmembers(module, inspect.isfunction)
}


def helper_names() -> list[str]:
    """Return the names of all helper functions, which no variable of generated code may have."""
    return sorted(_HELPERS)


def parameter_pattern(names: list[str]) -> re.Pattern[str]:
    """Return the pattern of parameters in a line; a keyword argument of the same name is none."""
    return re.compile(rf"(?<![\w.])({'|'.join(map(re.escape, names))})(?!\w|\s*=[^=])")


@lru_cache(maxsize=4096)
def counterpart(rule: Rule, target: str, vectors: bool) -> str:
    """Return the line that computes a rule's function in a target, with the names of its parameters in it.

    ``vectors``: whether an argument or the result is a vector. Raises NoRuleError where no line of the rule serves.
    """
    if rule.unknown:
        raise NoRuleError(f"{rule.name} is an unknown function, which no code computes", hint="put its formula in")
    if TARGETS[target].language == "octave":
        return octave_line(rule)
    line = _stated(rule, target, vectors)
    if target == "torch" and _is_own(rule.torch) and (rule.elementwise or not vectors):
        line = _with_sizes(rule, rule.torch)
    if not line and is_portable(rule, vectors):
        line = _with_sizes(rule, re.sub(r"\btorch\.", "xp.", rule.torch))
    if not line:
        what = " of columns and rows" if rule.torch and is_portable(rule, False) else ""
        raise NoRuleError(
            f"{rule.id}{what} has no counterpart in {target}",
            hint=f"add a line to its rule: array    xp.name({rule.params[0].name if rule.params else ''})",
        )
    unknown = [name for name in helpers_of(line) if name not in _HELPERS]
    if unknown:
        raise NoRuleError(
            f"{rule.id}: there is no array_functions.{unknown[0]}", hint=f"one of {', '.join(sorted(_HELPERS))}"
        )
    native = NATIVE.get(target, {})
    line = re.sub(r"\barray_functions\.(\w+)", lambda match: native.get(match[1], match[0]), line)
    return in_tensorflow(line, vectors) if target == "tensorflow" else in_namespace(line, target)


def helpers_of(line: str) -> list[str]:
    """Return the names of the functions that a line calls as array_functions.NAME, sorted."""
    return sorted(set(re.findall(r"\barray_functions\.(\w+)", line)))


def helper_source(names: list[str], target: str) -> tuple[list[str], set]:
    """Return (texts, imports): the functions of these names and all that they call, each after what it calls.

    ``texts`` are their definitions in the target's words; ``imports`` are the statements that these need beside the
    import of the target's namespace.
    """
    found, texts, imports = set(), [], set()

    def add(name: str) -> None:
        if name not in found:
            found.add(name)
            text, called, modules = _definition(name, target)
            for other in called:
                add(other)
            texts.append(text)
            imports.update(f"import {module}" for module in modules)

    for name in names:
        add(name)
    return texts, imports


def is_partial(line: str) -> bool:
    """Return whether a line is NaN or complex where its function has no value: no error says so."""
    return bool(_PARTIAL.intersection(helpers_of(line))) or "scipy.linalg.sqrtm" in line


def in_namespace(text: str, target: str) -> str:
    """Return a text written for the namespace ``xp`` in the words of a target."""
    if target == "tensorflow":
        return in_tensorflow(text)
    text = re.sub(r"\bjax\.numpy\.", "jnp.", text)
    return re.sub(r"\bxp\.((?:linalg\.)?\w+)", lambda match: TARGETS[target].function(match[1]), text)


def _stated(rule: Rule, target: str, vectors: bool) -> str:
    """Return the line of a rule that is written for a target or for all; scipy.linalg takes no vectors."""
    line = {"numpy": rule.numpy, "jax": rule.jax}.get(target, "")
    return rule.array if not line or vectors and "scipy.linalg." in line else line


def _is_own(line: str) -> bool:
    """Whether a torch line runs with torch alone, in any precision."""
    return bool(line) and "torch_functions" not in line and "float64" not in line


def _definition(name: str, target: str) -> tuple[str, list[str], set]:
    """Return the text of a helper function in the target's words, the helpers that it calls, the modules it needs."""
    text = inspect.getsource(_HELPERS[name]).rstrip().replace("  # noqa: F821", "")
    if target == "tensorflow":
        text = in_tensorflow(re.sub(r"\n +xp = \w+\.__array_namespace__\(\)", "", text)).replace("array_functions.", "")
    called = sorted({node.id for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Name)} & set(_HELPERS))
    if target != "array-api":
        text = re.sub(r"\n +xp = \w+\.__array_namespace__\(\)", "", text)
    if target in ("numpy", "jax"):
        text = re.sub(r", device=\w+\.device", "", text)
    native = {other: NATIVE[target][other] for other in called if other in NATIVE.get(target, ())}
    for other, path in native.items():
        text = re.sub(rf"\b{other}\b", path, text)
    modules = {path.rpartition(".")[0] for path in native.values() if not path.startswith("tf.")}
    modules |= set(re.findall(r"(?<![\w.])((?:jax\.)?scipy(?:\.[a-z]+)+)\.\w+\(", text))
    modules -= {TARGETS[target].namespace, f"{target}.linalg"}
    return in_namespace(text, target), [other for other in called if other not in native], modules


# -- torch lines in the array API standard ------------------------------------------------------------------------


def is_portable(rule: Rule, vectors: bool) -> bool:
    """Whether a rule's torch line, with another namespace, means the same in the array API standard.

    Elementwise functions, whole reductions and matrix functions do. A function that takes or gives vectors has them in
    two dimensions in its torch line: there only arrays of one shape can be combined, entry by entry.
    """
    if not _is_own(rule.torch):
        return False
    try:
        tree = ast.parse(rule.torch, mode="eval")
    except SyntaxError:
        return False
    flat = vectors and not rule.elementwise
    shapes = {p.sizes for p in rule.params if p.kind == "array"}
    if flat and (len(shapes) > 1 or rule.result != ("1", "1") and rule.result not in shapes):
        return False
    sizes = () if vectors else tuple(_size_places(rule))
    names = {*(p.name for p in rule.params), *sizes, "torch", "float"}
    return all(_is_portable(node, names, flat) for node in ast.walk(tree))


def _is_portable(node: Any, names: set[str], flat: bool) -> bool:
    if isinstance(node, ast.Call):
        return not node.keywords and (_path(node.func) == "float" or _is_shared(node, flat))
    if isinstance(node, ast.Attribute):
        path = _path(node)
        return path.startswith("torch") and _is_known(path) or node.attr in ("T", "mT") and not flat
    if isinstance(node, ast.Subscript):
        return not flat and isinstance(node.value, ast.Call) and isinstance(_number(node.slice), int)
    if isinstance(node, ast.Name):
        return node.id in names
    return not isinstance(node, (ast.Tuple, ast.Slice)) and not (flat and isinstance(node, ast.MatMult))


def _is_shared(call: Any, flat: bool) -> bool:
    path, count = _path(call.func).removeprefix("torch."), len(call.args)
    if path in _ELEMENTWISE.get(count, ()) or count == 1 and path in _REDUCTIONS:
        return True
    return not flat and path in _MATRIX_FUNCTIONS.get(count, ())


def _is_known(path: str) -> bool:
    """Whether a dotted name of torch is a constant of the standard, or part of the name of a function."""
    name = path.removeprefix("torch.")
    functions = (*_ELEMENTWISE.values(), *_MATRIX_FUNCTIONS.values(), _REDUCTIONS, _CONSTANTS, {"linalg"})
    return any(name in group for group in functions)


def _number(node):
    """Return the number that a constant index is, else None."""
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        node = node.operand
    return node.value if isinstance(node, ast.Constant) else None


def _path(node: Any) -> str:
    return ast.unparse(node) if isinstance(node, (ast.Attribute, ast.Name)) else ""


def _size_places(rule: Rule) -> dict[str, str]:
    """Return the text that stands for each size of a signature: X.shape[0] for n."""
    parameters = {p.name for p in rule.params}
    places = {}
    for parameter in rule.params:
        for axis, size in enumerate(parameter.sizes):
            if size.isidentifier() and size not in parameters:
                places.setdefault(size, f"{parameter.name}.shape[{axis}]")
    return places


def _with_sizes(rule: Rule, line: str) -> str:
    """Return a line in which the names of sizes are replaced by their places in the shapes."""
    for size, place in _size_places(rule).items():
        line = parameter_pattern([size]).sub(place, line)
    return line
