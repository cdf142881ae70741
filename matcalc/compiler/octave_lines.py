"""How MATLAB and GNU Octave compute a function of the language: its line ``octave``, or its line for arrays translated.

Both have arrays of two dimensions, as the torch lines of the rule book have them: columns are n×1. Lines of elementwise
functions are translated, sums, differences and quotients with dots; other functions need a line of their own.
"""

from __future__ import annotations

import ast
import re
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING

from ..errors import NoRuleError

if TYPE_CHECKING:
    from ..rulebook.entries import Rule

# elementwise functions that are called alike
_ALIKE = frozenset(
    """abs acos acosh asin asinh atan atan2 atanh ceil cos cosh exp expm1 floor hypot log log10 log1p log2 round sign
    sin sinh sqrt tan tanh""".split()
)
_SPELLED: dict[str, str] = {
    "maximum": "max({}, {})",
    "minimum": "min({}, {})",
    "logaddexp": "max({0}, {1}) + log1p(exp(-abs({0} - {1})))",
    "special.erf": "erf({})",
    "special.erfc": "erfc({})",
    "sigmoid": "1 ./ (1 + exp(-{}))",
    "relu": "max({}, 0)",
    "square": "{} .^ 2",
    "reciprocal": "1 ./ {}",
    "gt": "{} > {}",
    "lt": "{} < {}",
    "where": "choose({}, {}, {})",
    "ones_like": "ones(size({}))",
    "zeros_like": "zeros(size({}))",
}
# helper functions of code for arrays
_OWN = {
    "sigmoid": "(1 ./ (1 + exp(-{})))",
    "normcdf": "(erfc(-{} / sqrt(2)) / 2)",
    "erf": "erf({})",
    "erfc": "erfc({})",
    "lgamma": "gammaln({})",
    "digamma": "psi({})",
    "polygamma": "psi({}, {})",
    "ratio": "ratio({}, {})",
    "sinc": "sine_ratio({})",
}
_OPERATORS: dict[type, str] = {ast.Add: "+", ast.Sub: "-", ast.Mult: ".*", ast.Div: "./", ast.Pow: ".^"}
_COMPARED: dict[type, str] = {
    ast.Gt: ">", ast.GtE: ">=", ast.Lt: "<", ast.LtE: "<=", ast.Eq: "==", ast.NotEq: "~="
}  # fmt: skip
_NAME = re.compile(r"[A-Za-z]\w*")


@lru_cache(maxsize=4096)
def octave_line(rule: Rule) -> str:
    """Return the text that computes a rule's function, with the names of its parameters in it; raises NoRuleError."""
    line = rule.octave
    if not line and rule.elementwise:
        line = next(filter(None, map(_translated, (rule.array, rule.torch))), "")
    if not line:
        raise NoRuleError(
            f"{rule.id} has no counterpart in octave",
            hint=f"add a line to its rule: octave    name({', '.join(p.name for p in rule.params)})",
        )
    return line


def octave_helpers_of(text: str) -> list[str]:
    """Return the names of the helper functions that a text calls, sorted."""
    return sorted(set(_NAME.findall(text)) & octave_functions().keys())


@lru_cache(maxsize=1)
def octave_functions() -> dict[str, str]:
    """Return the texts of the helper functions by name."""
    text = files(__package__).joinpath("octave_functions.m").read_text(encoding="utf-8")
    found = {}
    for part in re.split(r"^(?=function )", text, flags=re.M)[1:]:
        if name := re.match(r"function [^=]*= (\w+)\(", part):
            found[name[1]] = part.strip()
    return found


def octave_helper_source(names: list[str]) -> list[str]:
    """Return the texts of the functions of these names and of all that they call, in the order of the names."""
    found, stack = set(), list(names)
    while stack:
        name = stack.pop()
        if name not in found:
            found.add(name)
            body = "\n".join(re.sub("%.*", "", line) for line in octave_functions()[name].splitlines()[1:])
            stack += octave_helpers_of(body)
    return [octave_functions()[name] for name in sorted(found)]


class _Untranslated(Exception):
    """There is no word of MATLAB for a part of a line."""


def _translated(line: str) -> str:
    """Return a line for arrays in MATLAB's words, '' where that has anything that is not translated."""
    if not line:
        return ""
    try:
        text = _text(ast.parse(line, mode="eval").body)
    except (KeyError, SyntaxError, _Untranslated):
        return ""
    return text[1:-1] if text.startswith("(") else text


def _text(node: ast.AST) -> str:
    """Return the text of a node, in parentheses unless it is a name, number or call; raises KeyError, _Untranslated."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Constant) and isinstance(node.value, (int, float)):
        return repr(node.value)
    if isinstance(node, ast.UnaryOp):
        return {ast.USub: "(-{})", ast.UAdd: "{}"}[type(node.op)].format(_text(node.operand))
    if isinstance(node, ast.BinOp):
        return f"({_text(node.left)} {_OPERATORS[type(node.op)]} {_text(node.right)})"
    if isinstance(node, ast.Compare) and len(node.ops) == 1:
        return f"({_text(node.left)} {_COMPARED[type(node.ops[0])]} {_text(node.comparators[0])})"
    if isinstance(node, ast.Call) and not node.keywords:
        return _call(ast.unparse(node.func), [_text(argument) for argument in node.args])
    if isinstance(node, ast.Attribute):
        return {"torch.pi": "pi", "xp.pi": "pi", "torch.inf": "Inf", "xp.inf": "Inf"}[ast.unparse(node)]
    raise _Untranslated(type(node).__name__)


def _call(path: str, arguments: list[str]) -> str:
    library, _, name = path.partition(".")
    if library == "array_functions":
        return _OWN[name].format(*arguments)
    if library in ("xp", "torch") and name in _ALIKE:
        return f"{name}({', '.join(arguments)})"
    text = {"xp": _SPELLED, "torch": _SPELLED}[library][name].format(*arguments)
    return text if re.fullmatch(r"\w+\(.*\)", text) and " + " not in text else f"({text})"
