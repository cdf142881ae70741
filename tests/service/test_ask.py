"""Answers as data: the records are those of --json, corrections correct, and nothing that is asked reads a file."""

import json

import pytest
from command_line import matcalc_here
from tables import every_row

from matcalc.service.ask import PARTS, answers
from matcalc.service.corrections import corrections


def answer(part, **question):
    """Return the record of one part of the answer to a question."""
    found = dict(answers(question, [part]))
    assert list(found) == [part]
    return found[part]


def shown_apart(record):
    return {name: value for name, value in record.items() if name not in ("shown", "exact", "check")}


@pytest.mark.parametrize("question", [
    {"expression": "x.T@A@x"},
    {"expression": "softmax(W@x)", "wrt": "x", "layout": "num"},
    {"expression": "logsumexp(A@x)", "order": 2},
    {"expression": r"\|Ax - b\|^2"},
    {"expression": "c*x", "shape": "x: scalar", "wrt": "c"},
    {"expression": "logdet(S)", "assume": "S pd", "structure": "parametrized"},
])
def test_a_derivative_is_what_json_says(question):
    options = [word for name, value in question.items() if name != "expression" for word in (f"--{name}", str(value))]
    printed = json.loads(matcalc_here("diff", question["expression"], *options, "--json", "--no-check").stdout)
    assert printed.pop("schema") == 2
    assert shown_apart(answer("derivative", **question)) == shown_apart(printed)


def test_a_claim_and_an_error_are_what_json_says():
    printed = json.loads(matcalc_here("check", "x.T@A@x", "--claim", "2*A@x", "--json").stdout)
    told = answer("claim", expression="x.T@A@x", claim="2*A@x")
    assert {**told, "shown": None} == {**{k: v for k, v in printed.items() if k != "schema"}, "shown": None}
    printed = json.loads(matcalc_here("diff", "log(det(A@B))", "--shape", "A: n×m, B: m×k", "--json").stdout)
    told = answer("reading", expression="log(det(A@B))", shape="A: n×m, B: m×k")
    assert told["error"] == printed["error"]


def test_every_part_of_a_formula_has_an_answer():
    question = {"expression": "norm(A@x - b)**2", "claim": "A.T@(A@x - b)"}
    found = dict(answers(question, list(PARTS)))
    assert list(found) == list(PARTS) and not [part for part in found if "error" in found[part]]
    json.dumps(found, allow_nan=False)
    assert found["reading"]["shown"]["latex"] == r"\left\lVert A x - b \right\rVert^{2}"
    assert found["derivative"]["shown"]["left"] == r"\frac{\partial f}{\partial x}"
    assert found["check"]["ok"] and found["steps"]["shown"]["verdict"]["ok"]
    assert found["code"]["code"].startswith("import numpy") and found["graph"]["svg"].startswith("<svg")
    assert [v["verdict"] for v in found["convexity"]["verdicts"]] == ["convex", "nonnegative"]
    assert found["claim"]["diagnosis"] == "factor" and found["claim"]["shown"]["right"]["latex"]


def test_parts_that_need_a_failed_one_are_left_out():
    found = dict(answers({"expression": "u.T@A@v"}, ["reading", "derivative", "check", "steps"]))
    assert list(found) == ["reading", "derivative"] and "error" not in found["reading"]
    chosen = found["derivative"]["shown"]["corrections"]
    assert chosen == [{"option": "wrt", "value": "u"}, {"option": "wrt", "value": "v"}]
    for correction in chosen:
        assert answer("derivative", expression="u.T@A@v", wrt=correction["value"])["derivative"]


@pytest.mark.parametrize("text, mended", [("lgdet(X) + tr(X)", "logdet(X) + tr(X)"), ("A@(x + b", "A@(x + b)")])
def test_a_slip_is_mended_in_the_text(text, mended):
    (correction,) = answer("reading", expression=text)["shown"]["corrections"]
    start, end = correction["replace"]
    assert text[:start] + correction["value"] + text[end:] == mended
    assert "error" not in answer("reading", expression=mended)


def test_corrections_of_errors_and_notes_correct_them():
    error = answer("reading", expression="log(det(A@B))", shape="A: n×m, B: m×k")
    (correction,) = error["shown"]["corrections"]
    assert "error" not in answer("reading", expression="log(det(A@B))", shape=correction["value"])
    (note,) = answer("derivative", expression="c*x")["shown"]["notes"]
    (correction,) = note["corrections"]
    assert correction["option"] == "shape" and "--" not in note["text"]
    assert answer("derivative", expression="c*x", wrt="x", shape=correction["value"])["shape"] == []
    symmetric = answer("derivative", expression="x.T@A@x")["shown"]["symmetric"]
    (correction,) = symmetric["corrections"]
    assert answer("derivative", expression="x.T@A@x", assume=correction["value"])["derivative"] == "2*A@x"


def test_options_in_a_text_are_found_once_each():
    found = corrections('add --wrt u or --wrt v, or --wrt u; --assume "S pd" --syntax matlab')
    assert [(c["option"], c["value"]) for c in found] == [
        ("wrt", "u"), ("wrt", "v"), ("assume", "S pd"), ("syntax", "matlab"),
    ]


@pytest.mark.parametrize("question, layout", [
    ({"expression": "x.T@A@x"}, "denominator layout"), ({"expression": "logsumexp(A@x)", "order": 2}, ""),
    ({"expression": "c*tr(A)", "wrt": "c"}, ""), ({"expression": "x.T@A@x", "wrt": "A[1,2]"}, ""),
    ({"expression": "c*x", "wrt": "c", "layout": "num"}, "numerator layout"),
])
def test_the_layout_is_named_where_there_is_one(question, layout):
    assert answer("derivative", **question)["shown"]["layout"] == layout


def test_what_has_more_indices_than_a_matrix_is_shown_by_its_entry():
    third, jacobian = {"expression": "sum(exp(A@x))", "order": 3}, {"expression": "tanh(W@x)", "wrt": "x", "order": 2}
    for question in (third, jacobian):
        found = dict(answers(question, ["reading", "derivative", "check", "steps", "code", "graph"]))
        shown = found["derivative"]["shown"]
        assert found["derivative"]["form"] == "index" and shown["latex"] and "axes" in shown["layout"]
        assert found["check"]["ok"] and "code" in found["code"]
        lines = found["steps"]["shown"]["steps"]
        assert len(lines) == question["order"] + 1 and lines[-1]["last"] and found["steps"]["shown"]["verdict"]["ok"]


def test_a_matrix_of_numbers_is_judged_and_nothing_else():
    found = dict(answers({"expression": "[[1, -100], [0, 2]]"}, [part for part in PARTS if part != "claim"]))
    assert list(found) == ["reading", "convexity"]
    assert found["reading"]["shown"]["shape"] == "2×2"
    assert found["convexity"]["verdicts"][0]["verdict"] == "indefinite"
    assert "error" in answer("reading", expression="[[1, 2], [3]]")


def test_no_file_is_read(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "secret.csv").write_text("2, 1\n1, 3\n")
    for text in ("secret.csv", str(tmp_path / "secret.csv"), "-"):
        for part in ("reading", "convexity"):
            assert "error" in answer(part, expression=text)


@every_row("members", [
    {"expression": 3}, {"expression": None}, {"expresion": "x"}, {"expression": "x", "rules": "own.rules"},
    {"expression": "x", "order": "2"}, {"expression": "x", "order": True}, {"expression": "x", "layout": "rows"},
    {"expression": "x", "points": 10**9}, {"expression": "x", "seed": -1}, {"expression": "x" * 200_000},
    {"expression": "x", "syntax": "tex"}, {"expression": "x", "target": "cobol"}, [], "x.T@x", None,
])
def test_questions_that_are_none_are_refused(members):
    ((part, record),) = answers(members, ["derivative"])
    assert part == "question" and record["error"]["message"]


@pytest.mark.parametrize("parts", [[], ["derivate"], ["__class__"]])
def test_parts_that_there_are_not_are_refused(parts):
    ((part, _),) = answers({"expression": "x.T@x"}, parts)
    assert part == "question"


@every_row("question", [
    {"expression": ""}, {"expression": "   "}, {"expression": "x.T@x", "shape": "x"}, {"expression": "\0"},
    {"expression": "x", "assume": "x odd"}, {"expression": "x.T@x", "orders": "0,0"},
    {"expression": "x.T@x", "order": 0}, {"expression": "x.T@x", "claim": "  "}, {"expression": "x.T@x", "claim": "2*"},
    {"expression": "<script>alert(1)</script>"},
])
def test_mistakes_are_told_in_words(question):
    parts = ["claim"] if "claim" in question else ["code"] if "orders" in question else ["reading", "derivative"]
    found = list(answers(question, parts))
    message = found[-1][1]["error"]["message"]
    assert message and "Traceback" not in message
