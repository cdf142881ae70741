"""One tree of errors: every mistake of a user's is a MatcalcError that says what, where, and what to do."""

import ast
import builtins
import inspect
from pathlib import Path

import pytest
from own_source import statements
from tables import every_row

import matcalc
from matcalc import errors
from matcalc.errors import MatcalcError, Span

PACKAGE = Path(matcalc.__file__).parent
MODULES = sorted(PACKAGE.rglob("*.py"))
CLASSES = {name: found for name, found in vars(errors).items()
           if inspect.isclass(found) and issubclass(found, Exception) and not issubclass(found, Warning)}

KINDS = {
    "MatcalcError": ("error", 2), "ExpressionSyntaxError": ("syntax", 2), "UnknownNameError": ("name", 2),
    "UnknownFunctionError": ("function", 2),
    "ShapeError": ("shape", 2), "LimitError": ("limit", 5), "ArgumentError": ("argument", 2),
    "DomainError": ("domain", 2),
    "NoRuleError": ("rule", 3), "RuleFileError": ("rulefile", 2), "ConversionError": ("conversion", 2),
    "CheckFailedError": ("check", 1), "MissingLibraryError": ("library", 4),
}


# -- the tree ----------------------------------------


def test_every_error_is_below_the_root():
    assert all(issubclass(found, MatcalcError) for found in CLASSES.values())
    assert MatcalcError.__bases__ == (Exception,)


def test_kinds_and_exit_codes():
    assert {name: (found.kind, found.exit_code) for name, found in CLASSES.items()} == KINDS
    kinds = [found.kind for found in CLASSES.values()]
    assert len(set(kinds)) == len(kinds)


@every_row("name", KINDS)
def test_every_error_can_be_caught_by_name(name):
    assert getattr(matcalc, name) is CLASSES[name]
    assert name in matcalc.__all__


# -- how an error reads ----------------------------------------


@every_row(("error", "text"), [
    (MatcalcError("no"), "no"),
    (MatcalcError("no", hint="yes"), "no\nhint: yes"),
    (MatcalcError("no", source="A + x"), "no\n  A + x"),
    (MatcalcError("no", source="A + x", span=Span(4, 5)), "no\n  A + x\n      ^"),
    (MatcalcError("no", source="A + xy*z", span=Span(4, 8), hint="yes"), "no\n  A + xy*z\n      ^^^^\nhint: yes"),
    (MatcalcError("no", source="A +", span=Span(3, 4)), "no\n  A +\n     ^"),
    (MatcalcError("no", source="", span=Span(0, 1)), "no\n  \n  ^"),
    (MatcalcError("no", source="A +\n B +\nC", span=Span(7, 8)), "no\n   B +\n     ^"),
    (MatcalcError("no", source="A +\n B", span=Span(0, 6)), "no\n  A +\n  ^^^"),
    (MatcalcError("no", source="A\t+ x", span=Span(4, 5)), "no\n  A + x\n      ^"),
    (MatcalcError("no", source="A", span=Span(5, 9)), "no\n  A\n   ^"),
])
def test_a_message_points_at_the_place(error, text):
    assert str(error) == text


@pytest.mark.parametrize("place", [0, 10, 500, 995, 999])
def test_a_long_line_is_abridged_around_the_place(place):
    source = "".join("x" if i == place else "-" for i in range(1000))
    message, line, carets = str(MatcalcError("no", source=source, span=Span(place, place + 1))).splitlines()
    assert len(line) < 130 and line[carets.index("^")] == "x"
    assert line.startswith("  …") == (place > 60) and line.endswith("…") == (place < 940)


def test_a_long_span_is_abridged_too():
    _, line, carets = str(MatcalcError("no", source="x" * 1000, span=Span(0, 1000))).splitlines()
    assert len(line) < 130 and len(carets) <= len(line)


def test_the_source_is_kept_where_it_is_known():
    error = MatcalcError("no", span=Span(0, 1))
    assert error.at("first") is error and error.source == "first"
    assert error.at("second").source == "first"


def test_the_message_alone_is_the_argument_of_the_exception():
    error = MatcalcError("no", source="x", span=Span(0, 1), hint="yes")
    assert error.args == ("no",) and error.message == "no"


# -- what a user can do wrong ----------------------------------------

MISTAKES = [
    ("syntax", "x +", {}), ("syntax", "", {}), ("syntax", "x^2", {}), ("syntax", "A x", {}), ("syntax", "x'", {}),
    ("syntax", "sum(x, axis=2)", {}),
    ("syntax", "exp('a')", {}), ("syntax", "exp(inf)", {}), ("syntax", "exp()", {}),
    ("syntax", "f(a=1, x)", {}),
    ("syntax", "'a' + x", {}), ("syntax", "x + inf", {}), ("syntax", "inf*x", {}),
    ("name", "х*x", {}), ("name", "_x", {}), ("name", "exp + 1", {}), ("name", "x.T@x", {"wrt": "y"}),
    ("name", "A@B", {}), ("name", "2", {}),
    ("name", "pi*x", {"wrt": "pi"}), ("name", "x.T@x", {"assume": {"z": ["positive"]}}),
    ("name", "x.T@x", {"shapes": {"1x": ("n", 1)}}),
    ("function", "foo(x)", {}), ("function", "x(A)", {}),
    ("shape", "A@x", {"shapes": {"A": ("n", "m"), "x": ("n", 1)}}), ("shape", "det(A)", {"shapes": {"A": ("n", "m")}}),
    ("shape", "x*y", {"shapes": {"x": ("n", 1), "y": ("m", 1)}}), ("shape", "A@x", {"shapes": {"A": ("n", "m", "k")}}),
    ("shape", "e(5, 3).T@x", {}), ("shape", "x", {"shapes": {"x": None}}), ("shape", "x", {"shapes": {"x": {}}}),
    ("shape", "eye(0)@x", {}), ("shape", "tr(A)", {"shapes": {"A": ("n", "m")}, "assume": {"A": ["symmetric"]}}),
    ("limit", "9**9**9*x", {}), ("limit", "(" * 7000, {}), ("limit", "1" * 2000, {}), ("limit", "1e999", {}),
    ("argument", "x", {"shapes": "x: n"}), ("argument", "x", {"shapes": [("x", ("n",))]}),
    ("argument", "x", {"assume": "x positive"}), ("argument", "x", {"assume": {"x": 3}}),
    ("argument", "x", {"rules": 3}),
    ("argument", "x.T@x", {"layout": "up"}), ("argument", "x.T@x", {"order": 7}),
    ("argument", "x.T@x", {"assume": {"x": ["posit"]}}),
    ("argument", "x.T@x", {"structure": "some"}), ("argument", 3, {}),
    ("argument", "x.T@x", {"rules": "no/such.rules"}),
    ("domain", "x/0", {}), ("domain", "log(-1)*x", {}), ("domain", "inv(zeros(n, n))@x", {}),
    ("domain", "norm(x, -1)", {}), ("domain", "eigmax(A)", {}), ("domain", "0**(-1)*x", {}),
    ("rule", "tr(matpow(A, k))", {"wrt": "k"}),
]


@every_row(("kind", "expr", "options"), MISTAKES, ids=[f"{k}: {str(e)[:20]}" for k, e, _ in MISTAKES])
def test_a_mistake_gets_one_message_of_its_kind(kind, expr, options):
    with pytest.raises(MatcalcError) as caught:
        matcalc.diff(expr, **options)
    error = caught.value
    assert error.kind == kind and error.exit_code == {"rule": 3, "limit": 5}.get(kind, 2)
    assert error.message and "\n" not in error.message and len(error.message) < 300
    assert error.hint and "\n" not in error.hint
    for odd in ("Traceback", "nan", "NaN", "object at 0x", "<class", "None", "Infinity", "zoo", "recursion"):
        assert odd not in str(error), odd
    if error.span is not None:
        assert error.source == expr and 0 <= error.span.start < error.span.end <= len(expr) + 1


@pytest.mark.parametrize(("expr", "options", "answer"), [
    ("norm(x, 3)", {"wrt": "x"}, "sign(x)*x**2/norm(x, 3)**2"),
    ("x.T@x", {"wrt": "x", "order": 3}, "0"),
    ("tanh(A@x)", {"wrt": "x", "order": 2},
     "2*A[i,j]*A[i,k]*tanh(sum(A[i,l]*x[l] for l in n))*(tanh(sum(A[i,l]*x[l] for l in n))**2 - 1)"),
    ("tr(A@X)", {"wrt": "X", "assume": {"X": ["orthogonal"]}, "structure": "projected"}, "(A.T - X@A@X)/2"),
])
def test_what_was_refused_once_is_answered_and_checked(expr, options, answer):
    derivative = matcalc.diff(expr, **options)
    assert str(derivative) == answer
    assert derivative.check().ok is True


def test_every_kind_is_met():
    met = {kind for kind, _, _ in MISTAKES}
    assert {kind for kind, _ in KINDS.values()} - met == {"error", "rulefile", "conversion", "check", "library"}


# -- the sources ----------------------------------------

BUILTIN = {name for name,
           found in vars(builtins).items() if inspect.isclass(found) and issubclass(found, BaseException)}
# Python's own protocols: a module without an attribute, the end of the command
# what one part of matcalc tells another, and no user meets: sizes that differ, code that is no network, why the
# exact arithmetics cannot say, that a bound of work is passed, that a form is no sum of chains or has none in
# matrices, and what the server answers with a status
SIGNALS = ("SizeConflict", "NotANetwork", "NotExact", "NoValue", "Undefined", "_Differs", "_TooFewDigits", "Spent",
           "_Shapeless", "Unliftable", "Busy", "_Refusal", "_Untranslated", "_Never", "Unlifted", "_TooLarge", "_Open")
ALLOWED = {
    ("run.py", "KeyboardInterrupt"),  # a signal that ends the server, as Ctrl-C does
    ("linearise.py", "KeyError"),  # a dictionary that makes what is missing where it can
    ("array_matrices.py", "ValueError"),  # in the text of generated code, which knows no class of ours
   ("__init__.py", "AttributeError"), ("arguments.py", "SystemExit")}


def nodes(kind):
    """Return (path, node) for the statements of a kind in the modules."""
    return [(path, node) for path in MODULES for node, _ in statements(path) if isinstance(node, kind)]


def raised():
    """Yield (path, name, line) for what is raised in a module."""
    for path, node in nodes(ast.Raise):
        if node.exc is not None:
            target = node.exc.func if isinstance(node.exc, ast.Call) else node.exc
            if isinstance(target, ast.Name):
                yield path, target.id, node.lineno


def test_the_modules_are_found():
    assert len(MODULES) > 20 and any(path.name == "api.py" for path in MODULES)


def test_no_exception_of_pythons_is_raised_for_a_user_to_meet():
    found = {(path.name, name) for path, name, _ in raised() if name in BUILTIN}
    assert found <= ALLOWED


def test_what_is_raised_by_a_class_is_in_the_tree_or_private_to_its_module():
    own = {node.name for _, node in nodes(ast.ClassDef)}
    for path, name, line in raised():
        if name.endswith("Error") and name not in BUILTIN:
            assert name in CLASSES, f"{path.name}:{line} raises {name}"
        elif name in own:
            assert name in SIGNALS, f"{path.name}:{line} raises {name}"


@pytest.mark.parametrize(("text", "shapes"), [
    ("x*y", {"x": (2, 1), "y": (3, 1)}), ("A@x + y", {"A": (2, 2), "y": (3, 1)}), ("A + A.T", {"A": (2, 3)}),
])
def test_the_conflict_of_two_sizes_never_leaves_the_inference(text, shapes):
    with pytest.raises(MatcalcError):
        matcalc.parse(text, shapes=shapes)


def test_only_the_ends_of_the_command_line_and_of_a_worker_catch_everything():
    found = []
    for path, node in nodes(ast.ExceptHandler):
        caught = ast.unparse(node.type) if node.type else "everything"
        if caught in ("everything", "Exception", "BaseException"):
            found.append(path.relative_to(PACKAGE).as_posix())
    assert sorted(found) == ["command/arguments.py", "serve/lines.py"]


def test_nothing_is_asserted_that_a_user_could_make_false():
    assert not [(path.name, node.lineno) for path, node in nodes(ast.Assert)]
