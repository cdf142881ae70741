"""Derivations on a page: Unicode, LaTeX and text of the whole corpus, at every width; and as data for JSON."""

import json
import re
from dataclasses import replace

import pytest
from corpus_entries import QUESTIONS, answer

import matcalc
from matcalc.language.syntax import parse_tree
from matcalc.steps.show import records, text_lines

SOME = QUESTIONS[::9]
IDS = [entry["id"] for entry in SOME]


def without_remarks(derivation):
    """Return a derivation of which nothing is said: its page has the equations alone."""
    steps = tuple(replace(step, text="", source="") for step in derivation.steps)
    return replace(derivation, steps=steps)


@pytest.mark.parametrize("entry", SOME, ids=IDS)
def test_a_derivation_of_the_corpus_in_all_notations(entry):
    derivation = answer(entry).derivation
    assert_unicode(derivation)
    assert_latex(derivation)
    assert_text(derivation)


def assert_unicode(derivation):
    page = derivation.unicode()
    lines = page.splitlines()
    assert len(lines) == len(derivation.steps)
    assert "`" not in page
    for line, step in zip(without_remarks(derivation).unicode().splitlines(), derivation.steps, strict=True):
        assert not re.search(r"\*|@|\.T\b|\beye\(|\binv\(", line), line
        assert balanced(line), line
        assert ("with" in line) == bool(step.definitions), line


def balanced(line):
    return all(line.count(one) == line.count(other) for one, other in ("()", "[]"))


def assert_latex(derivation):
    text = derivation.latex()
    assert text.startswith("\\begin{align*}\n") and text.endswith("\n\\end{align*}")
    rows = text.removeprefix("\\begin{align*}\n").removesuffix("\n\\end{align*}").split(" \\\\\n")
    assert len(rows) == sum(len(step.forms) for step in derivation.steps)
    assert len(re.findall(r"\\left\b", text)) == len(re.findall(r"\\right\b", text))
    for row in rows:
        assert row.count("{") - row.count(r"\{") == row.count("}") - row.count(r"\}"), row
        assert row.count("$") % 2 == 0, row
        assert re.fullmatch(r"[^&]* &= [^&]*( && \\text\{.*\})?", row.replace(r"\&", "")), row
        mathematics = row.split(" && ")[0] + "".join(row.split("$")[1::2])
        assert not re.search(r"@|\*(?!})|\.T\b|`|_\*", mathematics.replace("_*", "").replace("*}", "")), row
    assert sum(" && " in row for row in rows) == len(derivation.steps)


def assert_text(derivation):
    lines = text_lines(derivation)
    assert all(line.isascii() for line in lines)
    assert len(lines) == len(derivation.steps)
    for line, step in zip(lines, derivation.steps):
        assert f" = {step.expression}" in line
        for text in (*step.forms, *dict(step.definitions).values()):
            parse_tree(text)


PAGES = [
    "norm(A@x - b)**2", "x.T@A@x/(x.T@x)", "logsumexp(A@x)", "norm(W3@tanh(W2@tanh(W1@x)) - y)**2/2", "A@tanh(B@x)",
    "prod(x)*max(x)", "x.T@y/(norm(x)*norm(y))",
]  # fmt: skip


@pytest.mark.parametrize("width", [40, 60, 80, 100, 200])
@pytest.mark.parametrize("text", PAGES)
def test_remarks_keep_within_the_width(text, width):
    """Only a side of an equation, which is not broken, may be wider than the page."""
    derivation = matcalc.diff(text, wrt="x").derivation
    forms = [form for step in derivation.steps for form in step.forms]
    for line in derivation.unicode(width).splitlines():
        assert len(line) <= width or " = " in line or len(forms) == 1, line
        assert len(line) <= width or "   " not in line.strip(), line
        assert line == line.rstrip()


@pytest.mark.parametrize("text", PAGES)
def test_a_narrow_page_says_the_same_as_a_wide_one(text):
    derivation = matcalc.diff(text, wrt="x").derivation
    words = sorted(derivation.unicode().split())
    for width in (40, 60, 80, 120, 200, 1000):
        assert sorted(derivation.unicode(width).split()) == words


def test_differentials_are_written_with_the_name_they_are_of():
    derivation = matcalc.diff("norm(X@beta - y1)**2", wrt="beta").derivation
    assert "dβ" in derivation.unicode()
    assert r"\mathrm{d}\beta" in derivation.latex()
    derivation = matcalc.diff("tanh(W1@tanh(W2@tanh(W3@x)))", wrt="x").derivation
    assert "dz₃" in derivation.unicode()
    assert r"\mathrm{d}z_{3}" in derivation.latex()
    assert re.search(r"^ *\d+  J₂ +=", derivation.unicode(), re.MULTILINE)


def test_a_source_is_named_where_it_is_cited_first():
    page = str(matcalc.diff(f"norm(W4@{'tanh(W3@tanh(W2@tanh(W1@x)))'} - y)**2", wrt="W1").derivation)
    assert page.count("Griewank & Walther") == 1
    assert page.count("d tanh(X) = ") == 3


def test_the_records_are_json():
    derivation = matcalc.diff("exp(A@tanh(B@x))", wrt="x").derivation
    found = json.loads(json.dumps(records(derivation)))
    assert found == derivation.records()
    for record, step in zip(found, derivation.steps, strict=True):
        fields = ["left", "forms", "expression", "kind", "rule", "source", "text", "shape", "definitions"]
        assert list(record) == fields
        assert (record["left"], record["kind"], record["rule"]) == (step.left, step.kind, step.rule)
        assert record["expression"] == record["forms"][-1]
        assert tuple(record["shape"]) == step.shape
        assert list(record["definitions"].items()) == list(step.definitions)
    assert found[0]["definitions"] == {"z": "B@x", "u": "A@tanh(z)"}
