"""A notebook is executed: what its cells show, and that a user's error is a message with a caret."""

import nbformat
import pytest
from nbclient import NotebookClient

CELLS = {
    "load": "%load_ext matcalc",
    "diff": "%mdiff x.T@A@x --layout num",
    "latex": r"%%mdiff --wrt x" + "\n" + r"\|A x - b\|^2 + \frac{\lambda}{2} x^\top x",
    "several": "%mdiff norm(A@x - b)**2 --wrt x --wrt b",
    "steps": "%%msteps --wrt w\nnorm(X@w - y)**2/n",
    "claim": '%mcheck x.T@A@x --claim "2*A@x"',
    "braces": "x = 7\nA = 8",
    "untouched": r"%mdiff \frac{1}{2} x^\top x",
    "wrong": "%mdiff A @ (x + b",
    "option": "%mdiff x.T@x --wert x",
    "unclosed": '%mdiff x.T@x --shape "x: n',
    "empty": "%mdiff",
    "error": "import matcalc as mc\nmc.diff('lgdet(X)')",
    "reports": "mc.linalg.definite('X.T@X')",
    "convex": "mc.linalg.convex('logsumexp(A@x)', 'x')",
    "list": "mc.diff('x.T@A@x').steps",
    "graph": "mc.parse('x.T@A@x').graph()",
    "check": "mc.diff('x.T@A@x').check()",
    "other error": "1/0",
}


@pytest.fixture(scope="module")
def shown():
    """The outputs of each cell: {name: (bundles of mimetypes, text of the streams, errors)}."""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(text) for text in CELLS.values()])
    NotebookClient(notebook, timeout=300, kernel_name="python3", allow_errors=True).execute()
    found = {}
    for name, cell in zip(CELLS, notebook.cells):
        data = [output.data for output in cell.outputs if "data" in output]
        text = "".join(output.text for output in cell.outputs if output.output_type == "stream")
        found[name] = (data, text, [output for output in cell.outputs if output.output_type == "error"])
    return found


@pytest.mark.parametrize(("name", "latex"), [
    ("diff", r"x^{\top} \left(A + A^{\top}\right)"), ("latex", r"2 A^{\top} \left(A x - b\right) + \lambda x"),
    ("several", r"\frac{\partial f}{\partial b} &= 2 \left(b - A x\right)"), ("untouched", "$\\displaystyle x$"),
])
def test_an_answer_is_mathematics_and_checked(shown, name, latex):
    (data,), text, errors = shown[name]
    assert latex in data["text/latex"] and not errors
    assert "checked: " in text and "torch autograd agrees" in text


def test_notes_are_said(shown):
    assert shown["diff"][1].count("note") == 0
    assert 'n is read as a number; as a column: --shape "n: k"' in shown["steps"][1]


def test_steps_are_mathematics(shown):
    for name in ("steps", "list"):
        (data,), _, errors = shown[name]
        assert data["text/latex"].startswith(r"\begin{align*}") and not errors


@pytest.mark.parametrize(("name", "words"), [
    ("claim", "your formula is right if A is symmetric"), ("reports", "positive semidefinite"), ("convex", "convex"),
    ("check", "exactly equal at 3 random points"),
])
def test_reports_are_text_as_a_person_reads_it(shown, name, words):
    (data,), _, errors = shown[name]
    assert words in data["text/html"] and data["text/html"].startswith("<pre>") and not errors
    assert len(data["text/plain"]) < 400


def test_a_graph_is_drawn(shown):
    (data,), _, _ = shown["graph"]
    assert data["image/svg+xml"].startswith("<svg") and "text/html" not in data


@pytest.mark.parametrize(("name", "message", "hint"), [
    ("wrong", "error: '(' is never closed\n  A @ (x + b\n      ^", "hint: add ')' at the end"),
    ("error", "error: unknown function 'lgdet'\n  lgdet(X)\n  ^^^^^", "hint: did you mean 'logdet'?"),
    ("option", "error: unrecognized arguments: --wert", "hint: %mdiff? shows what it takes"),
    ("unclosed", "error: the options cannot be read", "hint: close the quotation mark"),
    ("empty", "error: a formula is missing", "hint: write %mdiff x.T@A@x"),
])
def test_an_error_is_a_message_and_no_traceback(shown, name, message, hint):
    _, text, errors = shown[name]
    assert message in text and hint in text
    assert "Traceback" not in text and not any("Traceback" in line for error in errors for line in error.traceback)


def test_other_errors_keep_their_traceback(shown):
    (error,) = shown["other error"][2]
    assert error.ename == "ZeroDivisionError" and len(error.traceback) > 1
