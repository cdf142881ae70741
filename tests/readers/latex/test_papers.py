r"""LaTeX as papers and converters have it: what stands around a formula, and how names and norms are written there."""

import pytest
from paper_formulas import ALL, CONDITIONS, NOTED, OPERATORS, REFUSED
from tables import every_row

import matcalc
from matcalc.errors import MatcalcError
from matcalc.readers import translate


@every_row(("text", "meant"), ALL)
def test_formulas_of_papers_are_read_as_meant(text, meant, book):
    assert translate(text, book, "latex").text == meant


@every_row(("text", "meant", "name"), OPERATORS)
def test_an_operator_in_front_says_by_which_name(text, meant, name, book):
    found = translate(text, book, "latex")
    assert found.text == meant and found.wrt == (name,)
    assert any(note.endswith(f"by {name}") for note in found.notes)
    assert matcalc.diff(text, syntax="latex").wrt == name


def test_the_name_that_is_asked_for_holds():
    assert matcalc.diff(r"\nabla_x x^\top A x", wrt="A", syntax="latex").wrt == "A"


@every_row(("text", "meant", "facts", "shapes"), CONDITIONS)
def test_conditions_become_declarations(text, meant, facts, shapes, book):
    found = translate(text, book, "latex")
    assert (found.text, {name: sorted(words) for name, words in found.assume.items()}) == (meant, facts)
    assert {name: found.shapes[name] for name in shapes} == shapes
    assert matcalc.parse(text, syntax="latex").elaborated.facts.keys() == facts.keys()


def test_what_is_declared_outweighs_the_text():
    text = r"x^\top A x \quad \text{where } A \text{ is symmetric}"
    assert str(matcalc.diff(text, "x", syntax="latex")) == "2*A@x"
    assert str(matcalc.diff(text, "x", syntax="latex", assume={"A": ["invertible"]})) == "(A + A.T)@x"


@every_row(("text", "note"), NOTED)
def test_what_can_be_read_otherwise_is_said(text, note, book):
    assert note in translate(text, book, "latex").notes


@every_row(("text", "message"), REFUSED)
def test_what_means_nothing_is_refused(text, message, book):
    with pytest.raises(MatcalcError) as caught:
        translate(text, book, "latex")
    assert caught.value.message == message and caught.value.hint and caught.value.source == text


@pytest.mark.parametrize(("text", "name", "shown"), [
    (r"\|\mathbf{Xw}-\mathbf{y}\|^2", "w",
     r"2 \mathbf{X}^{\top} \left(\mathbf{X} \mathbf{w} - \mathbf{y}\right)"),
    (r"\hat\beta^\top \hat\beta", "beta_hat", r"2 \hat{\beta}"),
    (r"\varphi^\top \varphi", "phi", r"2 \varphi"),
    (r"\|W^{(1)} x\|^2", "x", r"2 \left(W^{(1)}\right)^{\top} W^{(1)} x"),
])
def test_names_keep_their_spelling_on_the_way_back(text, name, shown, book):
    derivative = matcalc.diff(text, name, syntax="latex")
    assert derivative.latex() == shown
    assert translate(shown, book, None, derivative.shapes).text == str(derivative)


@pytest.mark.parametrize(("text", "square", "oblong"), [
    (r"h_t = \tanh(W h_{t-1} + U x_t + b)", "W", "U"),
    (r"x_{t+1} = A x_t + B u_t", "A", "B"),
    (r"c_k = F c_{k-1} + G u", "F", "G"),
])
def test_a_quantity_has_one_shape_at_all_times(text, square, oblong):
    shapes = matcalc.parse(text, syntax="latex").shapes
    assert len({*shapes[square]}) == 1 and len({*shapes[oblong]}) == 2


@pytest.mark.parametrize("text", [r"h_l = \tanh(W h_{l-1} + b)", r"z_2 = W z_1 + b", r"y_t = W h_t + b"])
def test_layers_and_other_quantities_change_their_shape(text):
    assert len({*matcalc.parse(text, syntax="latex").shapes["W"]}) == 2


def test_declared_shapes_win_over_the_left_side():
    shapes = {"W": ("p", "n"), "h_t_1": ("n", 1)}
    assert matcalc.parse(r"h_t = W h_{t-1}", shapes, syntax="latex").shapes["W"] == ("p", "n")


@pytest.mark.parametrize(("text", "answer"), [
    (r"\nabla_x^2 \|A x - b\|^2", "2*A.T@A"), (r"\nabla^2 (x^\top A x)", "A + A.T"),
    (r"\frac{\partial^2}{\partial x \partial x^\top} x^\top A x", "A + A.T"), (r"\nabla_x (x^\top A x)", "(A + A.T)@x"),
])
def test_an_operator_says_how_often(text, answer):
    derivative = matcalc.diff(text, syntax=None)
    assert str(derivative) == answer and derivative.order == (1 if "@x" in answer else 2)
    assert matcalc.diff(matcalc.parse(text, syntax=None)).order == derivative.order
