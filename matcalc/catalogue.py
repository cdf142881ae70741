"""The rule book: finds, reads and looks up ``rules/*.rules``.

A rule file is a list of entries. The first line of an entry, not indented, is its signature; the lines
below it, indented, begin with a word that says what they are (``docs/rule-files.md`` lists them). The
formulas are in the expression language and are read by its parser.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from importlib import resources
from pathlib import Path

from .errors import MatcalcError, RuleFileError, Span, UnknownFunctionError
from .syntax import Call, Name, Number, String, names, parse_tree, postorder

_HEADER = re.compile(
    r"(?P<name>[A-Za-z][\w ]*?)\((?P<params>.*)\)\s*->\s*(?P<result>.*?)(?:\s+where\s+(?P<where>.*))?$"
)
_FORMULA = re.compile(r"(?P<left>[^=]*\(.*?\)|\w+)\s*=(?!=)\s*(?P<right>.*?)(?:\s+where\s+(?P<where>.*))?$")
_PARAMETER = re.compile(r"(?P<name>[A-Za-z]\w*)\s*:\s*(?P<kind>.+)$")
_TEXT_FIELDS = (
    "torch",
    "numpy",
    "unicode",
    "latex",
    "source",
    "states",
    "operation",
    "operator",
    "sympy",
    "inverse",
    "parity",
    "once",
    "note",
)
_VALUES = ("means", "scalar", "column", "row", "positive", "same")
_LIST_FIELDS = ("gives", "linear", "alias", "requires")
_FLAGS = {
    "elementwise": "elementwise",
    "commutes": "commutes_with_transpose",
    "matrix": "matrix_function",
    "invariant": "invariant",
    "constant": "constant",
}


@dataclass(frozen=True)
class Parameter:
    """A parameter of a signature: an array with its sizes (texts), a scalar, a size or an index."""

    name: str
    kind: str
    sizes: tuple = ()


@dataclass(frozen=True)
class Formula:
    """A differential: its right-hand side, what must hold (texts of conditions), and the source text."""

    text: str
    where: tuple

    @cached_property
    def right(self):
        """The surface tree of the right-hand side."""
        return parse_tree(self.text)


def _value(name):
    """Return the attribute that holds the surface tree of a rule's line, None where it has none."""
    return cached_property(lambda rule: parse_tree(rule.values[name]) if name in rule.values else None)


@dataclass(eq=False)
class Rule:
    """One entry of the rule book.

    ``params`` are the signature's parameters and ``literals`` what must be written literally in a call
    (``axis=0``, ``"nuc"``). ``where`` holds the conditions of the domain as texts. ``differentials`` are
    tried in order; ``commuting`` holds where the differential commutes with the argument.
    """

    id: str
    name: str
    params: tuple
    literals: tuple
    result: tuple
    where: tuple
    header: str
    file: str
    line: int
    differentials: list = field(default_factory=list)
    commuting: Formula | None = None
    adjoints: dict = field(default_factory=dict)
    jacobians: dict = field(default_factory=dict)
    values: dict = field(default_factory=dict)
    torch: str = ""
    numpy: str = ""
    unicode: str = ""
    latex: str = ""
    source: str = ""
    states: str = ""
    operation: str = ""
    operator: str = ""
    sympy: str = ""
    inverse: str = ""
    parity: str = ""
    once: str = ""
    note: str = ""
    gives: frozenset = frozenset()
    linear: tuple = ()
    alias: tuple = ()
    requires: tuple = ()
    elementwise: bool = False
    commutes_with_transpose: bool = False
    matrix_function: bool = False
    invariant: bool = False
    constant: bool = False
    lines: list = field(default_factory=list)
    apply: object = None
    book: object = None

    means = _value("means")
    scalar = _value("scalar")
    column = _value("column")
    row = _value("row")
    positive = _value("positive")
    same = _value("same")

    @property
    def is_scalar(self):
        """Whether the value is a scalar for array arguments."""
        return self.result == ("1", "1")

    @property
    def callable(self):
        """Whether the entry is a function of the language, not an operator or a principle."""
        return not self.operator

    def text(self):
        """Return the entry as it stands in its file."""
        return "\n".join([self.header, *("    " + line for line in self.lines)])

    def fail(self, message, hint=None):
        raise RuleFileError(
            f"{self.file}, line {self.line}: {self.id}: {message}",
            source=self.header,
            span=Span(0, len(self.name)),
            hint=hint,
        )


class Book:
    """All rules in force, by name. ``apply(rule, args)`` builds an expression; see ``build``."""

    def __init__(self, rules):
        self.rules = []
        self.by_name: dict = {}
        self.user_functions: set = set()
        self.extend(rules)

    def extend(self, rules):
        for rule in rules:
            if any(other.id == rule.id for other in self.rules):
                rule.fail("the rule book has this entry already", hint="use another name")
            self.rules.append(rule)
            for name in (rule.name, *rule.alias):
                self.by_name.setdefault(name, []).append(rule)

    def overloads(self, name):
        """Return the callable rules of this name, in the order of the files."""
        return [rule for rule in self.by_name.get(name, ()) if rule.callable]

    def function_names(self):
        """Return the names of all functions of the language, aliases included."""
        return [name for name in self.by_name if self.overloads(name)]

    def named(self, name):
        """Return all entries of this name, operators and principles included."""
        return self.by_name.get(name, [])

    def lookup(self, call, source=None):
        """Return the rules that fit a call's literals and number of arguments.

        Raises UnknownFunctionError for an unknown name, RuleFileError's sibling for wrong arguments.
        """
        rules = self.overloads(call.function)
        if not rules:
            raise unknown_function(call, self.function_names())
        fitting = [rule for rule in rules if _literals_fit(rule, call)]
        if not fitting:
            raise _wrong_arguments(call, rules)
        return fitting


def _literal(node):
    if isinstance(node, Number):
        return node.value
    if isinstance(node, String):
        return ("string", node.value)
    if isinstance(node, Name):
        return ("name", node.id)
    return None


def _literals_fit(rule, call):
    positional = [value for name, value in rule.literals if name is None]
    named = {name: value for name, value in rule.literals if name is not None}
    if len(call.args) != len(rule.params) + len(positional):
        return False
    if [_literal(node) for node in call.args[len(rule.params) :]] != positional:
        return False
    given = {name: _literal(value) for name, value in call.keywords}
    alternative = {name: _literal(value) for name, value in rule.same.keywords} if rule.same else named
    return given == named or given == alternative


def unknown_function(call, known):
    from difflib import get_close_matches

    close = get_close_matches(call.function, known, 1, 0.6) or get_close_matches(call.function.lower(), known, 1, 0.6)
    hint = f"did you mean '{close[0]}'?" if close else "matcalc rules lists the functions; --rules FILE adds one"
    span = Span(call.span.start, call.span.start + len(call.function))
    return UnknownFunctionError(f"unknown function '{call.function}'", span=span, hint=hint)


def _wrong_arguments(call, rules):
    from .errors import ExpressionSyntaxError

    usage = " or ".join(_usage(rule) for rule in rules)
    return ExpressionSyntaxError(f"{call.function} is not called this way", span=call.span, hint=f"write {usage}")


def _usage(rule):
    words = [p.name for p in rule.params]
    for name, value in rule.literals:
        shown = (
            f'"{value[1]}"'
            if isinstance(value, tuple) and value[0] == "string"
            else value[1]
            if isinstance(value, tuple)
            else value
        )
        words.append(f"{name}={shown}" if name else f"{shown}")
    return f"{rule.name}({', '.join(words)})"


# -- reading -----------------------------------------------------------------------------


def split_top_level(text, separator):
    """Split at separators that stand outside parentheses."""
    parts, depth, start = [], 0, 0
    for index, char in enumerate(text):
        depth += (char == "(") - (char == ")")
        if char == separator and depth == 0:
            parts.append(text[start:index].strip())
            start = index + 1
    parts.append(text[start:].strip())
    return [part for part in parts if part]


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
            sizes = tuple(split_top_level(kind, ",")) if "," in kind else ()
            if not sizes and kind not in ("scalar", "size", "index"):
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
            literals.append((name.strip() or None, _literal(_parse_formula(value.strip(), match["name"], file, line))))
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
    elif word == "commuting":
        rule.commuting = formula
    else:
        (rule.adjoints if word == "adjoint" else rule.jacobians)[left] = formula


def _read_line(rule, text, line):
    word, _, rest = text.partition(" ")
    rest = rest.strip()
    rule.lines.append(text)
    if word in ("d", "commuting", "adjoint", "jacobian"):
        _read_formula(rule, word, rest, line)
    elif word in _VALUES:
        rule.values[word] = rest
    elif word in _TEXT_FIELDS:
        setattr(rule, word, rest)
    elif word in _LIST_FIELDS:
        items = tuple(split_top_level(rest, ","))
        setattr(rule, word, frozenset(items) if word == "gives" else items)
    elif word in _FLAGS:
        setattr(rule, _FLAGS[word], True)
    else:
        known = ", ".join(["d", "commuting", "adjoint", "jacobian", *_VALUES, *_TEXT_FIELDS, *_LIST_FIELDS, *_FLAGS])
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


# -- checks that need no evaluation ------------------------------------------------------------


def _lint(rule):
    for text in [*rule.values.values(), *(f.text for f in _formulas(rule))]:
        _parse_formula(text, rule.id, rule.file, rule.line)
    if not rule.source:
        rule.fail("no source", hint="add a line: source    book, equation")
    if not rule.torch and not rule.states:
        rule.fail("no torch counterpart", hint="add a line: torch    torch.name(X)")
    parameters = {p.name for p in rule.params}
    sizes = {name for p in rule.params for size in p.sizes for name in names(parse_tree(size))}
    sizes |= {p.name for p in rule.params if p.kind in ("size", "index")}
    known = parameters | sizes | {"pi", "inf"}
    tangents = {"d" + name for name in parameters}
    for formula in [*rule.differentials, *([rule.commuting] if rule.commuting else [])]:
        _known_names(rule, formula, known | tangents)
        nested = any(isinstance(n, Call) and n.function == "d" for n in postorder(formula.right))
        if not tangents & set(names(formula.right)) and not nested:
            rule.fail(f"the differential has none of {', '.join(sorted(tangents))}", hint="it is linear in them")
    for formulas, extra in ((rule.adjoints, {"G"}), (rule.jacobians, set())):
        for parameter, formula in formulas.items():
            if parameter not in parameters:
                rule.fail(f"'{parameter}' is not a parameter", hint=f"one of {', '.join(sorted(parameters))}")
            _known_names(rule, formula, known | extra)
    has_derivative = rule.differentials or rule.commuting or rule.linear or rule.states
    if any(p.kind in ("array", "scalar") for p in rule.params) and not has_derivative:
        rule.fail("no differential", hint=f"add a line: d {rule.id} = ...")


def _formulas(rule):
    commuting = [rule.commuting] if rule.commuting else []
    return [*rule.differentials, *commuting, *rule.adjoints.values(), *rule.jacobians.values()]


def _known_names(rule, formula, known):
    for name in names(formula.right):
        if name not in known:
            rule.fail(f"unknown name '{name}' in '{formula.text}'", hint=f"known are {', '.join(sorted(known))}")


# -- finding the files ---------------------------------------------------------------------------


def rules_folder():
    """Return the folder of the rule files: the installed package's, else the checkout's.

    Raises RuleFileError where neither is there.
    """
    installed = resources.files("matcalc") / "rules"
    if installed.is_dir():
        return installed
    checkout = Path(__file__).resolve().parent.parent / "rules"
    if checkout.is_dir():
        return checkout
    raise RuleFileError("the rule book is missing", hint="install matcalc again: the package carries rules/*.rules")


@lru_cache(maxsize=1)
def standard_rules():
    """Return the entries of the rule book that matcalc ships, as a tuple."""
    files = sorted((f for f in rules_folder().iterdir() if f.name.endswith(".rules")), key=lambda f: f.name)
    found = []
    for file in files:
        found.extend(read_rules(file.read_text(encoding="utf-8"), file.name, lint=False))
    return tuple(found)
