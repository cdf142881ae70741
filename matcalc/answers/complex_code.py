"""Generated code for derivatives by complex names: a function of the names that calls one of them and their conjugates.

The second computes the twin, in which z and conj(z) are arguments of their own. Only passes that hold of analytic
functions are applied: none that takes X.T@X for positive definite.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, Any

from sympy import Symbol

from ..algebra.build import apply, bind, build
from ..algebra.complexes import UNIT, may_be_complex
from ..algebra.expressions import ONE, ArraySymbol, is_array, postorder
from ..algebra.substitute import rebuild, rewrite, substitute
from ..compiler.program import Result, make_program
from ..compiler.targets import target_named
from ..complexes.names import conjugate_name
from ..complexes.twin import ANALYTIC, formula_tree
from ..errors import ArgumentError, DomainError
from ..rulebook.facts import is_complex
from ..words import LAYOUT_NAMES, TARGETS, known_word

if TYPE_CHECKING:
    from ..rulebook.entries import Book
    from .complex_derivative import ComplexDerivative

# nor are results written into the memory of others: that of a real array holds no complex numbers
_PASSES = frozenset({"networks", "order", "powers"})
_LIBRARIES = {"numpy": "numpy", "torch": "torch", "jax": "jnp", "array-api": "xp"}
_UNIT = "imaginary_unit"
_CONDITION = "condition(C)"


def complex_code(derivative: ComplexDerivative, target: str, value: bool, name: str | None) -> tuple[str, str]:
    """Return the source text of a function that computes the derivative, and its name.

    ``value``: whether it returns the value of the expression, too. Raises ArgumentError for another target, and
    NoRuleError where a function of real numbers stands in the derivative.
    """
    known_word("target", target, TARGETS)
    if target not in (*_LIBRARIES, "octave"):
        hint = f"one of {', '.join(_LIBRARIES)} and octave"
        raise ArgumentError(f"there is no code of complex names for {target}", hint=hint)
    elaborated = derivative.elaborated
    expressions = [*([elaborated.expression] if value else []), derivative.expression]
    expressions = [_with_real_parts(expression, derivative.book, target) for expression in expressions]
    taken = {*elaborated.shapes, *elaborated.sizes}
    renamed, given = _renamed(derivative, expressions, taken)
    expressions = [substitute(expression, renamed) for expression in expressions]
    layout = LAYOUT_NAMES[derivative.layout]
    left = f"df/d{derivative.wrt}" if derivative.convention == "wirtinger" else f"{derivative.convention}'s gradient"
    results = [Result("value", expressions[0], f"f = {derivative.text}")] if value else []
    results.append(Result("derivative", expressions[-1], f"{left} = {derivative}  ({layout})"))
    public = name or ("value_and_derivative" if value else "derivative")
    if not (public.isidentifier() and public.isascii()):
        raise ArgumentError(f"{name!r} cannot be the name of a function", hint="letters, digits and underscores")
    title = f"{'Value and derivative' if value else 'Derivative'} of {derivative.text} by {derivative.wrt}"
    arguments = [(each, shape, frozenset()) for each, shape in elaborated.shapes.items()]
    arguments += [(code, shape, frozenset()) for code, _, shape in given]
    program = make_program(
        title, results, arguments, derivative.book, target_named(target), _inner(public, target), _PASSES,
        needed=elaborated.needed,
    )
    codes = {argument.name: argument.code for argument in program.arguments}
    if target == "octave":
        real = value and derivative.is_real
        return _octave_caller(title, results, public, codes, given, real) + plain_transposes(program.source), public
    return f"{program.source}\n\n{_caller(derivative, target, public, codes, given, value)}", public


def _inner(public: str, target: str) -> str:
    """Return the name of the function of names and conjugates; no name begins with _ in MATLAB."""
    return f"{public}_of_pairs" if target == "octave" else f"_{public}"


def _octave_caller(
    title: str, results: list[Result], public: str, codes: dict[str, str], given: list, real: bool
) -> str:
    """Return the function that a user calls, which a file of its name begins with."""
    values = [f"conj({codes[name]})" if name else "1i" for _, name, _ in given]
    names = list(codes.values())[: len(codes) - len(given)]
    returned = ", ".join(result.name for result in results)
    returned = f"[{returned}]" if len(results) > 1 else returned
    lines = [f"function {returned} = {public}({', '.join(names)})"]
    lines.append(f"    % {public.upper()}  {title}.")
    lines.append(f"    {returned} = {_inner(public, 'octave')}({', '.join(names + values)});")
    lines += ["    value = real(value);"] if real else []
    return "\n".join([*lines, "end", "", ""])


def plain_transposes(source: str) -> str:
    """Return Octave's source with .' for ', which would conjugate: a prime right after an operand, outside of texts."""
    lines = []
    for line in source.split("\n"):
        written, quoted = "", False
        code, sign, remark = line.partition("%")
        for char in code:
            postfix = char == "'" and not quoted and bool(written) and (written[-1].isalnum() or written[-1] in "_)]}'")
            if char == "'" and not postfix:
                quoted = not quoted
            written += ".'" if postfix else char
        lines.append(written + sign + remark)
    return "\n".join(lines)


def _with_real_parts(expression: Any, book: Book, target: str) -> Any:
    """Return an expression in which functions of real numbers take real parts: their arguments are complex in code.

    For torch, which multiplies no matrices of two types, their values are made complex again.
    """
    (rule,) = book.overloads("real")
    # without what it means of real arrays
    real = replace(rule, values={})
    again = replace(real, id="complex(X)", name="complex", torch="torch.complex(X, torch.zeros_like(X))", array="")
    for made in (real, again):
        made.apply = partial(apply, made)

    def is_complex_in_code(arg: Any) -> bool:
        # torch is given all arrays as complex ones, the real ones too, and compares none of those
        named = target == "torch" and any(isinstance(n, (ArraySymbol, Symbol)) for n in postorder(arg))
        return named or may_be_complex((arg,))

    def change(node: Any) -> Any:
        rule = getattr(node, "rule", None)
        if rule is None or rule is real or rule.name == "logdet":
            return node
        if rule.complex.partition(" ")[0] == ANALYTIC:
            if _CONDITION in rule.requires and may_be_complex(node.args[:1]):  # of where, which is compared with 0
                return rebuild(node, (real.apply(node.args[0]), *node.args[1:]))
            if target == "jax" and rule.jax and len(node.args) > 1:  # JAX's own takes no real array with a complex one
                return apply(replace(rule, jax=""), *node.args)
            formula = rule.complex.partition(" as ")[2]
            return build(formula_tree(formula), bind(rule, node.args), book) if formula and node.of_complex else node
        args = [real.apply(arg) if is_complex_in_code(arg) else arg for arg in node.args]
        if all(arg is other for arg, other in zip(args, node.args)):
            return node
        found = rebuild(node, tuple(args))
        # what compares has the type of its arguments' function
        return again.apply(found) if target == "torch" and not rule.complement else found

    return rewrite(expression, change)


def _renamed(derivative: ComplexDerivative, expressions: Sequence[Any], taken: set[str]) -> tuple[dict, list]:
    """Return {conjugate: a symbol with a name that code can have}, and (name in code, what it is of, shape) of each."""
    present = set(postorder(*expressions))
    for expression in expressions:
        present |= {symbol for symbol in expression.free_symbols} if not is_array(expression) else set()
    symbols, renamed, given = derivative.elaborated.symbols, {}, []
    for name, shape in derivative.elaborated.shapes.items():
        other = symbols.get(conjugate_name(name))
        if other is not None and getattr(other, "is_symbol", False) and other is not symbols[name] and other in present:
            code = _free(f"{name}_conj", taken)
            array = is_array(other)
            renamed[other] = (
                ArraySymbol(code, other.rows, other.cols, other.facts) if array else Symbol(code, complex=True)
            )
            given.append((code, name, shape))
    if UNIT in present:
        code = _free(_UNIT, taken)
        renamed[UNIT] = Symbol(code, complex=True)
        given.append((code, "", (ONE, ONE)))
    return renamed, given


def _free(name: str, taken: set[str]) -> str:
    while name in taken:
        name += "_"
    taken.add(name)
    return name


def _caller(
    derivative: ComplexDerivative, target: str, public: str, codes: dict[str, str], given: list, value: bool
) -> str:
    """Return the function that a user calls; the value of a real expression is a real number."""
    names = [codes[name] for name in derivative.elaborated.shapes]
    facts = derivative.elaborated.facts
    complexes = [codes[n] for n in derivative.elaborated.shapes if is_complex(facts.get(n, frozenset()))]
    lines = [f"def {public}({', '.join(names)}):"]
    lines.append(f'    """Call _{public} with these arguments and the conjugates that it takes."""')
    if target == "array-api":
        lines.append(f"    xp = {names[0]}.__array_namespace__()")
    if target == "torch" and complexes:
        others = [code for code in names if code not in complexes]
        lines += [f"    {code} = torch.as_tensor({code}).to({complexes[0]}.dtype)" for code in others]
    library = _LIBRARIES[target]
    values = names + [f"{library}.conj({codes[name]})" if name else _unit(target) for _, name, _ in given]
    call = f"_{public}({', '.join(values)})"
    if value and derivative.is_real:
        lines += [f"    value, derivative = {call}", f"    return {library}.real(value), derivative"]
        return "\n".join([*lines, ""])
    return "\n".join([*lines, f"    return {call}", ""])


def _unit(target: str) -> str:
    return "torch.tensor(1j)" if target == "torch" else "1j"


class ComplexFunction:
    """A generated function of complex arrays; ``source`` is its code. Called with one keyword for every name."""

    def __init__(self, source: str, name: str, target: str, shapes: dict[str, tuple]) -> None:
        self.source, self.target, self.name, self.shapes = source, target, name, shapes
        namespace: dict[str, Any] = {"__name__": "matcalc_generated_complex"}
        exec(compile(source, f"<matcalc {target} code>", "exec"), namespace)  # noqa: S102 (made of checked names)
        self.plain: Callable = namespace[name]

    def __call__(self, /, **arrays: Any) -> Any:
        """Return the results for given arrays of all names; raises ArgumentError where one is missing or not known."""
        if arrays.keys() != self.shapes.keys():
            raise ArgumentError(f"{self.name} takes {', '.join(self.shapes)}", hint="give one array for every name")
        made = _array_of(self.target)
        try:
            return self.plain(*[made(arrays[name]) for name in self.shapes])
        except (ValueError, RuntimeError, TypeError) as error:
            first = re.sub(r"\s+", " ", str(error)).strip()
            message = f"{self.name} has no value for these arrays: {first[:200]}"
            raise DomainError(message, hint="give arrays of the shapes that its text names") from error


# what makes an array of what is given: (module, function)
_ARRAYS = {"numpy": ("numpy", "asarray"), "torch": ("torch", "as_tensor"), "jax": ("jax.numpy", "asarray")}


def _array_of(target: str) -> Callable[[Any], Any]:
    if target not in _ARRAYS:
        return lambda value: value
    module, function = _ARRAYS[target]
    found: Callable[[Any], Any] = getattr(import_module(module), function)
    return found
