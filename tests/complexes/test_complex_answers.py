"""What answers about complex names say, take and refuse."""

import re

import numpy
import pytest
from octave_runs import run
from tables import every_row

import matcalc
from matcalc.answers.complex_code import plain_transposes
from matcalc.rulebook.files import standard_rules

Z = {"z": ["complex"]}


@pytest.mark.parametrize(("text", "wrt", "said"), [
    ("z.H@z", "z", "f is real: torch's .grad is 2*∂f/∂conj(z), JAX's grad 2*∂f/∂z"),
    ("sum(exp(z))", "z", "holomorphic in z: the derivative by conj(z) is 0"),
    ("z*abs(z)", "conj(z)", "df = ∂f/∂z dz + ∂f/∂conj(z) dconj(z)"),
    ("z.T@A@z", "z", "z.T is the transpose without conjugation"),
])
def test_the_notes_say_which_derivative_it_is(text, wrt, said):
    assert any(said in note for note in matcalc.diff(text, wrt, assume=Z).notes)


@pytest.mark.parametrize(("text", "name", "words"), [
    ("z.H@A@z", "z", ["complex"]), ("tr(Z.H@A@Z)", "Z", ["complex"]), ("det(Z.H@A@Z)", "Z", ["complex"]),
    ("1/(1 + z.H@z)", "z", ["complex"]), ("Z@Z.H", "Z", ["complex"]), ("a.H@H@H.T@a", "H", ["hermitian"]),
    ("norm(A@z - b)**2 + imag(b.T@z)", "z", ["complex"]), ("sum(abs(z)**2*z)", "z", ["complex"]),
])
def test_both_checks_tell_right_from_wrong(text, name, words):
    from matcalc.answers.complex_derivative import ComplexDerivative

    both = [matcalc.diff(text, wrt, assume={name: words}) for wrt in (name, f"conj({name})")]
    for derivative, other in (both, both[::-1]):
        report = derivative.check(points=2)
        assert report.exact.ok and report.torch.ok
        wrong = ComplexDerivative(derivative.query, other.expression).check(points=2)
        assert wrong.exact.ok is False and wrong.torch.ok is False


def test_conventions_are_those_of_the_libraries():
    shown = [str(matcalc.diff("norm(z)**2", "z", assume=Z, convention=c)) for c in ("wirtinger", "torch", "jax")]
    assert shown == ["conj(z)", "2*z", "2*conj(z)"]
    assert all(matcalc.diff("norm(z)**2", "z", assume=Z, convention=c).check().ok for c in ("torch", "jax"))


@every_row(("text", "options", "message"), [
    ("sum(relu(z))", {}, "relu is of real numbers, and z may be complex"),
    ("max(z)", {}, "max is of real numbers"),
    ("sum(where(z > 0, z, a))", {}, "greater is of real numbers"),
    ("sum(sort(z))", {}, "sort is of real numbers, and z may be complex: complex numbers have no order"),
    ("sum(softmax(z))", {}, "a distribution has real logits; of complex z write exp(z)/sum(exp(z))"),
    ("pinv(z)", {}, "of complex X with independent columns write inv(X.H@X)@X.H"),
    ("eigmax(z@z.T)", {}, "eigmax of complex matrices is for hermitian ones, and this one is not known to be one"),
    ("z.T@z", {"convention": "torch"}, "torch's .grad is of a real expression, and this one may be complex"),
    ("z*norm(z)", {"convention": "jax"}, "JAX's grad is the gradient of a number"),
    ("z.H@z", {"wrt": "z.H"}, "is no name and no conjugate of one"),
    ("z.H@z", {"order": 3}, "of complex names there are first and second derivatives"),
    ("z.H@z", {"wrt": "y"}, "no variable 'y'"),
])
def test_what_is_refused(text, options, message):
    with pytest.raises(matcalc.MatcalcError, match=re.escape(message)):
        matcalc.diff(text, options.pop("wrt", "z"), assume=Z, **options)


@pytest.mark.parametrize("text", ["sum(where(real(z) > 0, z, conj(z)))", "sum(maximum(real(z), imag(z)))",
                                  "sum(huber(abs(z), 1))", "relu(norm(z) - 1)", "max(abs(z))", "sum(relu(real(z)))",
                                  "norm(z, 1)", "log(z.H@H@z)"])
def test_functions_of_real_numbers_take_what_is_real(text):
    assume = {**Z, **({"H": ["complex", "pd"]} if "H" in text else {})}
    assert matcalc.diff(text, "conj(z)", assume=assume).check(method="torch").ok


def test_other_questions_refuse_complex_names():
    for ask in (matcalc.linalg.definite, matcalc.linalg.norms):
        with pytest.raises(matcalc.NoRuleError, match="answered for real names alone, and z is declared complex"):
            ask("z@z.H", assume=Z)


def test_a_graph_is_drawn_without_adjoints():
    graph = matcalc.diff("norm(A@z - b)**2", "conj(z)", assume=Z).graph()
    assert [str(node.text) for node in graph.operations] == ["A@z", "v1 - b", "norm(v2)", "v3**2"]
    assert graph.variable == "z" and matcalc.parse("norm(A@z - b)**2", assume=Z).graph("z").svg() == graph.svg()
    with pytest.raises(matcalc.NoRuleError, match="adjoints are drawn of real names alone"):
        graph.table(adjoints=True)


def test_there_is_no_code_for_tensorflow():
    with pytest.raises(matcalc.ArgumentError, match="there is no code of complex names for tensorflow"):
        matcalc.diff("z.H@z", "z", assume=Z).code("tensorflow")


def test_the_service_answers_in_json():
    import json

    from matcalc.service.question import read_question
    from matcalc.service.session import Session

    asked = {"expression": "norm(A@z - b)**2", "wrt": "z", "assume": "z complex, A complex", "convention": "torch",
             "claim": "A.H@(A@z - b)"}
    session = Session(read_question(asked))
    records = [session.differentiate(), session.steps(), session.check_claim(), session.code(), session.graph()]
    assert all(json.loads(json.dumps(record))["input"] == asked["expression"] for record in records)
    assert records[0]["derivative"] == "2*A.H@(A@z - b)" and records[1]["steps"][-1]["left"] == "torch's .grad"
    assert records[2]["diagnosis"] == "convention" and "numpy.real(value)" in records[3]["code"]


def test_of_real_names_the_functions_are_those_of_real_numbers():
    assert str(matcalc.diff("x.H@A@conj(x) + sum(real(x)) + sum(imag(x))")) == str(matcalc.diff("x.T@A@x + sum(x)"))
    assert matcalc.parse("x.H@x") == matcalc.parse("x.T@x")


def test_text_is_read_back():
    for text in ("z.H@A@z", "norm(A@z)**2 + 2j", "real(a.H@z)", "sum(abs(z))", "logdet(Z@Z.H)", "sum(angle(z))"):
        assume = {name: ["complex"] for name in "zaZ" if f"{name}" in text.replace("real", "").replace("abs", "")}
        assume.pop("a", None) if "a.H" not in text else None
        found = matcalc.parse(text, assume=assume)
        assert matcalc.parse(str(found), assume=assume, shapes=found.shapes) == found


def test_arrays_of_complex_numbers_are_evaluated():
    derivative = matcalc.diff("z.H@A@z", "conj(z)", assume=Z)
    assert derivative.evaluate(A=[[1, 2], [0, 1]], z=[1j, 2]).tolist() == [[4 + 1j], [2]]
    assert matcalc.diff("abs(c)**2", "c", assume={"c": ["complex"]}, shapes={"c": ()}).evaluate(c=1 + 2j) == 1 - 2j
    with pytest.raises(matcalc.ShapeError, match="A is declared real, and complex numbers are given"):
        derivative.evaluate(A=[[1j, 2], [0, 1]], z=[1j, 2])


@pytest.mark.parametrize("words", [["hermitian"], ["unitary"], ["hermitian", "pd"]])
@pytest.mark.parametrize("structure", ["projected", "parametrized"])
def test_of_hermitian_and_unitary_names_there_are_free_entries_only(words, structure):
    """The gradient with free entries was called projected."""
    with pytest.raises(matcalc.errors.NoRuleError, match="hermitian or unitary"):
        matcalc.diff("real(tr(A@X))", "X", assume={"X": words}, structure=structure)


CODE = [("norm(A@z - b)**2 + imag(a.H@z)", "conj(z)"), ("logdet(eye(n) + z@z.H)", "z"), ("sum(abs(z)*exp(z))", "z"),
        ("max(abs(z)) + sum(relu(real(z)))", "conj(z)"), ("sum(sigmoid(z)*tanh(z))", "z"), ("det(A + z@z.T)", "z")]
# of matrices: what is of hermitian ones takes no real parts, and no result is written over an array of real numbers
MATRIX_CODE = [
    ('norm(Z, 2) + norm(Z, "nuc")', "Z"), ("eigmax(H)**2 + eigmin(H)", "H"), ("sum(maximum(real(Z), 0)*real(Z))", "Z"),
    ("sum(minimum(abs(Z), S)*abs(Z*S)**2*relu(S))", "Z"), ("real(tr(expm(H)@A))", "H"),
    ("sum(sqrt(real(Z)**2 + imag(Z)**2 + S**2)*exp(S*S))", "conj(Z)"), ("real(sum(where(abs(Z) > 1, Z**2, S*Z)))", "Z"),
]


def values_of_code(text, wrt):
    """Return a derivative, arrays of its names, and the values of the text and of itself there."""
    assume = {name: ["complex"] for name in ("z", "a") if name == "z" or "a.H" in text}
    shapes = {"A": ("n", "n")} if "det(A" in text else None
    derivative = matcalc.diff(text, wrt, assume=assume, shapes=shapes)
    random, sizes = numpy.random.default_rng(3), {"m": 3, "n": 2}
    arrays = {n: random.normal(size=[sizes.get(s, s) for s in shape]) for n, shape in derivative.shapes.items()}
    arrays |= {name: arrays[name] + 1j*random.normal(size=arrays[name].shape) for name in assume}
    value = matcalc.parse(text, assume=assume, shapes=shapes).evaluate(**arrays)
    return derivative, arrays, (value, derivative.evaluate(**arrays))


def is_near(found, expected, tolerance=1e-9):
    found, expected = numpy.asarray(found), numpy.asarray(expected)
    return numpy.abs(found.reshape(expected.shape) - expected).max() < tolerance*(1 + numpy.abs(expected).max())


@pytest.mark.parametrize(("text", "wrt", "target"), [
    *((*case, target) for case in CODE for target in ("numpy", "torch", "array-api")), (*CODE[3], "jax")])
def test_code_computes_the_values(text, wrt, target):
    assert_code_is_right(target, *values_of_code(text, wrt))


@pytest.mark.parametrize(("text", "wrt", "target"), [
    *((*case, target) for case in MATRIX_CODE for target in ("numpy", "torch", "array-api", "jax")),
    ("real(tr(logm(H@H + eye(n))@A))", "H", "torch")])
def test_code_of_complex_matrices_computes_the_values(text, wrt, target):
    assert_code_is_right(target, *values_of_matrix_code(text, wrt))


def values_of_matrix_code(text, wrt):
    """Return a derivative by complex matrices, arrays of its names, and the values of the text and of itself there."""
    random = numpy.random.default_rng(3)
    shapes = {"Z": ("n", "m"), "S": ("n", "m"), "H": ("n", "n"), "A": ("n", "n")}
    shapes = {name: shape for name, shape in shapes.items() if f"{name}" in text.replace("Z.H", "")}
    arrays = {name: random.normal(size=[{"m": 2, "n": 3}[size] for size in shape]) for name, shape in shapes.items()}
    arrays |= {name: arrays[name] + 1j*random.normal(size=arrays[name].shape) for name in shapes if name in "ZH"}
    arrays |= {"H": arrays["H"] + arrays["H"].conj().T} if "H" in shapes else {}
    options = {"shapes": shapes, "assume": {n: [{"Z": "complex", "H": "hermitian"}[n]] for n in shapes if n in "ZH"}}
    derivative = matcalc.diff(text, wrt, **options)
    return derivative, arrays, (matcalc.parse(text, **options).evaluate(**arrays), derivative.evaluate(**arrays))


def assert_code_is_right(target, derivative, arrays, expected):
    import torch

    converted = {name: torch.as_tensor(array) if target == "torch" else array for name, array in arrays.items()}
    found = derivative.compile(target)(**converted)
    tolerance = 1e-4 if target == "jax" else 1e-9  # JAX computes in single precision unless told otherwise
    assert all(is_near(one, other, tolerance) for one, other in zip(found, expected))
    assert numpy.isrealobj(numpy.asarray(found[0])) == derivative.is_real


@pytest.mark.octave
def test_octave_computes_the_values(tmp_path):
    cases = [values_of_code(*case) for case in CODE] + [values_of_matrix_code(*case) for case in MATRIX_CODE]
    calls = [(f"f{k}", d.code("octave", name=f"f{k}"), {n: arrays[n] for n in d.shapes}, 2)
             for k, (d, arrays, _) in enumerate(cases)]
    found = run(tmp_path, calls)
    assert all(is_near(*pair) for k, (_, _, expected) in enumerate(cases) for pair in zip(found[f"f{k}"], expected))


def test_octave_transposes_without_conjugation():
    source = matcalc.diff("norm(A@z - b)**2", "conj(z)", assume=Z).code("octave")
    assert "r.' * (b - A * z_conj)" in source and "-A.' * r" in source
    assert plain_transposes("x = [a', b'] * lu(A', 'vector')'; % it's") == (
        "x = [a.', b.'] * lu(A.', 'vector').'; % it's")


def test_what_continues_analytically_says_so_and_does():
    """Whether f(conj(z)) is conj(f(z)) for the entries of one array that say so: what twins rest on."""
    import torch

    from matcalc.evaluation.evaluate import apply_rule
    from matcalc.evaluation.fitting import fit_sizes, result_shape

    generator, tried = torch.Generator().manual_seed(1), 0
    for rule in standard_rules():
        one = rule.complex.startswith("analytic") and len(rule.params) == 1 and rule.params[0].sizes and rule.torch
        if not one or rule.literals or rule.params[0].sizes[0] == "1":
            continue
        shape = tuple(int(size) if size.isdigit() else 3 for size in rule.params[0].sizes)
        array = torch.complex(*[torch.randn(shape, generator=generator, dtype=torch.float64)/3 for _ in range(2)])
        sizes = fit_sizes(rule, [shape])
        name, result = rule.params[0].name, result_shape(rule, sizes)
        values = [apply_rule(rule, {name: x}, sizes, result) for x in (array, array.conj())]
        assert torch.allclose(values[0].conj(), values[1]), rule.id
        tried += 1
    assert tried > 35


def test_norms_along_an_axis_ask_for_every_row():
    derivative = matcalc.diff("sum(norm(Z, axis=1))", "Z", assume={"Z": ["complex"]})
    assert derivative.where == ["nonzero(norm(Z, axis=1))"]
    assert matcalc.diff("sum(norm(Z, axis=1)**3)", "Z", assume={"Z": ["complex"]}).where == []
