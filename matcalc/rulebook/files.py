"""The rule files: finding them, reading them, and checking what needs no evaluation.

A rule file is a list of entries. The first line of an entry, not indented, is its signature; the lines
below it, indented, begin with a word that says what they are (``docs/rule-files.md`` lists them). The
formulas are in the expression language and are read by its parser.
"""

from __future__ import annotations

import ast
import re
from functools import lru_cache

from ..budget import uncounted
from ..errors import MatcalcError, RuleFileError, Span
from ..language.syntax import Call, names, parse_tree, postorder
from .entries import Formula, Parameter, Rule, literal
from .folder import rules_folder
from .properties import (
    PREDICATES,
    WORDS,
    condition_of,
    is_convex_set,
    property_formulas,
    read_property,
    split_top_level,
    weight,
)

_HEADER = re.compile(
    r"(?P<name>[A-Za-z][\w ]*?|\[[^(]*\])\((?P<params>.*)\)\s*->\s*(?P<result>.*?)(?:\s+where\s+(?P<where>.*))?$"
)


_FORMULA = re.compile(r"(?P<left>[^=]*\(.*?\)|\w+)\s*=(?!=)\s*(?P<right>.*?)(?:\s+where\s+(?P<where>.*))?$")


_PARAMETER = re.compile(r"(?P<name>[A-Za-z]\w*)\s*:\s*(?P<kind>.+)$")


_WITHIN = re.compile(r"(?P<kind>index|bound)\((?P<size>\w+)\)$")


_TEXT_FIELDS = (
    "torch",
    "array",
    "numpy",
    "jax",
    "octave",
    "unicode",
    "latex",
    "source",
    "states",
    "operation",
    "operator",
    "sympy",
    "inverse",
    "parity",
    "complement",
    "relation",
    "once",
    "repeats",
    "equates",
    "kink",
    "note",
    "complex",
    "reals",
)


_VALUES = (
    *("means", "scalar", "column", "row", "positive", "nonpositive", "commutative", "same", "products", "normal"),
    "identity",
)


_LIST_FIELDS = ("gives", "linear", "alias", "requires")


_FORMULAS = ("d", "everywhere", "commuting", "adjoint", "jacobian")


_FLAGS = {
    "elementwise": "elementwise",
    "commutes": "commutes_with_transpose",
    "matrix": "matrix_function",
    "invariant": "invariant",
    "constant": "constant",
    "variable": "variable",
}


# where the functions that a line for an array library calls may stand
_LIBRARIES = {
    "array": ("xp", "xp.linalg", "array_functions"),
    "numpy": ("numpy", "numpy.linalg", "scipy.linalg", "scipy.special", "array_functions"),
    "jax": ("jax.numpy", "jax.numpy.linalg", "jax.nn", "jax.scipy.linalg", "jax.scipy.special"),
}


_LIBRARY_NODES = (
    *(ast.Expression, ast.BinOp, ast.UnaryOp, ast.Compare, ast.Subscript, ast.Slice, ast.Tuple, ast.List, ast.keyword),
    *(ast.Load, ast.operator, ast.unaryop, ast.cmpop),
)


def _parse_formula(text, rule_id, file, line):
    try:
        return parse_tree(text)
    except MatcalcError as error:
        raise RuleFileError(
            f"{file}, line {line}: {rule_id}: {error.message}", source=text, span=error.span, hint=error.hint
        ) from error


def _parse_header(text, file, line):
    match = _HEADER.match(text)
    if match is None:
        raise RuleFileError(
            f"{file}, line {line}: an entry begins with a signature",
            source=text,
            span=Span(0, len(text)),
            hint="write name(X: n,m) -> n,m",
        )
    params, literals, shown = [], [], []
    for item in split_top_level(match["params"], ";"):
        parameter = _PARAMETER.match(item)
        if parameter:
            kind = parameter["kind"].strip()
            within = _WITHIN.match(kind)
            if within:
                params.append(Parameter(parameter["name"], within["kind"], (within["size"],)))
                shown.append(parameter["name"])
                continue
            sizes = tuple(split_top_level(kind, ",")) if "," in kind else ()
            if not sizes and kind not in ("scalar", "size", "step"):
                raise RuleFileError(
                    f"{file}, line {line}: '{item}' has no shape",
                    source=text,
                    span=Span(0, len(text)),
                    hint=f"write {parameter['name']}: n,m or {parameter['name']}: scalar",
                )
            params.append(Parameter(parameter["name"], "array" if sizes else kind, sizes))
            shown.append(parameter["name"])
        else:
            name, _, value = item.rpartition("=")
            literals.append((name.strip() or None, literal(_parse_formula(value.strip(), match["name"], file, line))))
            shown.append(item.replace(" ", ""))
    result = match["result"].strip()
    sizes = ("1", "1") if result == "scalar" else tuple(split_top_level(result, ","))
    if len(sizes) != 2:
        raise RuleFileError(
            f"{file}, line {line}: the result '{result}' is not a shape",
            source=text,
            span=Span(0, len(text)),
            hint="write -> n,m or -> scalar",
        )
    name = match["name"].strip()
    where = tuple(split_top_level(match["where"] or "", ","))
    return Rule(f"{name}({', '.join(shown)})", name, tuple(params), tuple(literals), sizes, where, text, file, line)


def _read_formula(rule, word, rest, line):
    match = _FORMULA.match(rest)
    if match is None:
        raise RuleFileError(
            f"{rule.file}, line {line}: {rule.id}: '{word}' needs a formula",
            source=rest,
            span=Span(0, len(rest)),
            hint=f"write {word} ... = ...",
        )
    where = tuple(split_top_level(match["where"] or "", ","))
    formula = Formula(match["right"], where)
    left = match["left"].strip()
    if word == "d":
        rule.differentials.append(formula)
    elif word in ("commuting", "everywhere"):
        setattr(rule, word, formula)
    else:
        (rule.adjoints if word == "adjoint" else rule.jacobians)[left] = formula


def _read_line(rule, text, line):
    word, _, rest = text.partition(" ")
    rest = rest.strip()
    rule.lines.append(text)
    if word in _FORMULAS:
        _read_formula(rule, word, rest, line)
    elif word in _VALUES:
        rule.values[word] = rest
    elif word in _TEXT_FIELDS:
        setattr(rule, word, rest)
    elif word in _LIST_FIELDS:
        items = tuple(split_top_level(rest, ","))
        setattr(rule, word, rule.gives | frozenset(items) if word == "gives" else items)
    elif word in _FLAGS:
        setattr(rule, _FLAGS[word], True)
    elif not read_property(rule, word, rest):
        words = [*_FORMULAS, *_VALUES, *_TEXT_FIELDS, *_LIST_FIELDS, *_FLAGS, *WORDS]
        known = ", ".join(words)
        raise RuleFileError(
            f"{rule.file}, line {line}: {rule.id}: unknown word '{word}'",
            source=text,
            span=Span(0, len(word)),
            hint=f"one of {known}",
        )


def read_rules(text, file, lint=True):
    """Return the entries of a rule file's text; ``file`` is named in errors.

    ``lint``: check every entry; the shipped files are checked by the tests, not at every start.
    Raises RuleFileError where a line does not follow the format or an entry is incomplete.
    """
    rules = []
    for number, raw in enumerate(text.splitlines(), 1):
        line = raw.rstrip()
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        if not line[0].isspace():
            rules.append(_parse_header(line, file, number))
        elif not rules:
            raise RuleFileError(
                f"{file}, line {number}: a line without an entry above it",
                source=line,
                span=Span(0, len(line)),
                hint="begin with a signature that is not indented",
            )
        else:
            _read_line(rules[-1], line.strip(), number)
    for rule in rules if lint else ():
        _lint(rule)
    return rules


def _lint(rule):
    properties = property_formulas(rule)
    for text in [*rule.values.values(), *(f.text for f in _formulas(rule)), *(text for text, _ in properties)]:
        _parse_formula(text, rule.id, rule.file, rule.line)
    _lint_properties(rule, properties)
    if not rule.source:
        rule.fail("no source", hint="add a line: source    book, equation")
    if not rule.torch and not rule.states:
        rule.fail("no torch counterpart", hint="add a line: torch    torch.name(X)")
    parameters = {p.name for p in rule.params}
    sizes = {name for p in rule.params for size in p.sizes for name in names(parse_tree(size))}
    sizes |= {p.name for p in rule.params if p.is_whole}
    known = parameters | sizes | {"pi", "inf"}
    tangents = {"d" + name for name in parameters}
    for formula in [*rule.differentials, *filter(None, [rule.everywhere, rule.commuting])]:
        _known_names(rule, formula, known | tangents)
        nested = any(isinstance(n, Call) and n.function == "d" for n in postorder(formula.right))
        if not tangents & set(names(formula.right)) and not nested:
            rule.fail(f"the differential has none of {', '.join(sorted(tangents))}", hint="it is linear in them")
    _lint_formulas(rule, known, properties)
    if rule.normal is not None:
        _known_names(rule, Formula(rule.values["normal"], ()), known | {"V"})
    if rule.products is not None:
        numbers = {p.name for p in rule.params if p.kind == "scalar"}
        _known_names(rule, Formula(rule.values["products"], ()), sizes | numbers)
    for word in filter(rule.__dict__.get, _LIBRARIES):
        _lint_library_line(rule, word)
    if rule.octave:
        _lint_octave_line(rule)
    has_derivative = rule.differentials or rule.commuting or rule.linear or rule.states
    if any(p.kind in ("array", "scalar") for p in rule.params) and not has_derivative:
        rule.fail("no differential", hint=f"add a line: d {rule.id} = ...")


def _lint_formulas(rule, known, properties):
    """Refuse adjoints, Jacobians and properties with names that are neither parameters nor sizes."""
    for text, _ in properties:
        _known_names(rule, Formula(text, ()), known)
    parameters = {p.name for p in rule.params}
    for formulas, extra in ((rule.adjoints, {"G"}), (rule.jacobians, set())):
        for parameter, formula in formulas.items():
            if parameter not in parameters:
                rule.fail(f"'{parameter}' is not a parameter", hint=f"one of {', '.join(sorted(parameters))}")
            _known_names(rule, formula, known | extra)


def _lint_properties(rule, properties):
    """Refuse short forms that are no shorter, and conditions that no proof could show or use."""
    for identity in rule.shortens:
        if weight(identity.right_tree) >= weight(identity.left_tree):
            rule.fail(f"'{identity.right}' is no shorter than '{identity.left}'", hint="leave the line out")
    _lint_conditions(rule, [text for _, where in properties for text in where])
    curved = [statement.where for statement in (rule.convex, rule.concave) if statement is not None]
    for text in [text for where in (*curved, rule.monotone_where) for text in where]:
        if not is_convex_set(text):
            rule.fail(f"'{text}' is not known to be a convex set", hint="write positive(X), nonnegative(X) or pd(X)")


def _lint_conditions(rule, texts):
    """Refuse conditions of properties that no proof could show."""
    for text in texts:
        _parse_formula(text, rule.id, rule.file, rule.line)
        if condition_of(text) is None:
            rule.fail(f"unknown condition '{text}'", hint=f"one of {', '.join(f'{p}(X)' for p in PREDICATES)}")


# functions of the libraries that write into their arguments, into files or into the library's settings
_ACTS = frozenset(
    """copyto fill_diagonal place put put_along_axis putmask save savez savez_compressed savetxt load loadtxt genfromtxt
    fromfile memmap test seterr seterrcall set_printoptions setbufsize info show_config""".split()
)


def _lint_library_line(rule, word):
    """Refuse a line for an array library that has more in it than functions of the library and the parameters."""
    line = getattr(rule, word)
    try:
        nodes = list(ast.walk(ast.parse(line, mode="eval")))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        rule.fail(f"the {word} line '{line}' is not a Python expression")
    if "#" in line:
        rule.fail(f"a comment is not allowed in the {word} line '{line}'", hint="write it in a line of its own")
    known = {p.name for p in rule.params} | {path.partition(".")[0] for path in _LIBRARIES[word]}
    for node in nodes:
        if not _fits_library_line(node, _LIBRARIES[word], known):
            rule.fail(
                f"'{ast.unparse(node)}' is not allowed in the {word} line '{line}'",
                hint=f"it calls functions of {', '.join(_LIBRARIES[word])} on {', '.join(p.name for p in rule.params)}",
            )


_OCTAVE_TOKENS = re.compile(r"[A-Za-z]\w*|\d[\d.]*(?:e[-+]?\d+)?|'(?:lower|fro)'|[-+*/\\^.'(),\[\]:<>=~&|@ ]")


def _lint_octave_line(rule):
    """Refuse a line for MATLAB's language that is no expression of functions and the parameters."""
    left = _OCTAVE_TOKENS.sub("", rule.octave)
    bound = {*(p.name for p in rule.params), "pi", "Inf", *re.findall(r"@\((\w+)\)", rule.octave)}
    plain = re.sub(r"'(?:lower|fro)'|@\w+", "", rule.octave)
    unknown = [name for name in re.findall(r"(?<![\w.])[A-Za-z]\w*(?!\w|\()", plain) if name not in bound]
    if left or unknown:
        rule.fail(
            f"'{(left or unknown[0])}' is not allowed in the octave line '{rule.octave}'",
            hint=f"it calls functions on {', '.join(p.name for p in rule.params)}, and has no statements",
        )


def _acts(keyword):
    """Return whether a keyword lets a function write into its arguments, or hides what it is given."""
    return keyword in (None, "out", "copy", "inplace") or keyword.startswith("overwrite")


def _fits_library_line(node, libraries, known):
    if isinstance(node, ast.Name):
        return node.id in known
    if isinstance(node, ast.Constant):
        return isinstance(node.value, (int, float, type(None))) or node.value in ("fro", "nuc")
    if isinstance(node, ast.Call):
        named = isinstance(node.func, ast.Attribute) and ast.unparse(node.func.value) in libraries
        return named and node.func.attr not in _ACTS and not any(_acts(k.arg) for k in node.keywords)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow):
        # a power of plain numbers could be astronomically large
        return any(isinstance(inner, ast.Name) for inner in ast.walk(node.left))
    if isinstance(node, ast.Attribute):
        of_library = ast.unparse(node.value) in libraries and not node.attr.startswith("_")
        part = any(f"{library}.".startswith(f"{ast.unparse(node)}.") for library in libraries)
        return of_library or part or node.attr in ("T", "mT", "dtype", "shape")
    return isinstance(node, _LIBRARY_NODES)


def _formulas(rule):
    others = filter(None, [rule.everywhere, rule.commuting])
    return [*rule.differentials, *others, *rule.adjoints.values(), *rule.jacobians.values()]


def _known_names(rule, formula, known):
    for name in names(formula.right):
        if name not in known:
            rule.fail(f"unknown name '{name}' in '{formula.text}'", hint=f"known are {', '.join(sorted(known))}")


@lru_cache(maxsize=1)
def standard_rules():
    """Return the entries of the rule book that matcalc ships, as a tuple."""
    files = sorted((f for f in rules_folder().iterdir() if f.name.endswith(".rules")), key=lambda f: f.name)
    found = []
    with uncounted():
        for file in files:
            found.extend(read_rules(file.read_text(encoding="utf-8"), file.name, lint=False))
    return tuple(found)
