"""Rule files are checked as strictly as docs/rule-files.md says: names, lines for libraries, arguments left alone."""

import os
import threading

import pytest
from tables import every_row

import matcalc
from matcalc.algebra.books import standard_book
from matcalc.answers.book import book_of
from matcalc.bounds import MAX_RULE_BYTES
from matcalc.errors import ArgumentError, LimitError, RuleFileError
from matcalc.rulebook.clashes import takes_all
from matcalc.rulebook.files import read_rules

SOFTSIGN = """softsign(X: n,m) -> n,m
    elementwise
    d softsign(X) = dX / (1 + abs(X))**2
    torch     X/(1 + torch.abs(X))
    source    Bergstra et al. (2009)
"""


@pytest.fixture
def book_with(tmp_path):
    def make(text):
        path = tmp_path / "my.rules"
        path.write_text(text, encoding="utf-8")
        return book_of(str(path))

    return make


def refused(book_with, text):
    with pytest.raises(RuleFileError) as caught:
        book_with(text)
    assert caught.value.hint
    return caught.value.message


# -- names ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("line", "message"), [
    ("alias tr", "'tr' is a function already"), ("alias trace", "'trace' is a name of tr already"),
    ("alias soft, exp", "'exp' is a function already"), ("alias softsign", "a name stands twice among its names"),
    ("alias soft, soft", "a name stands twice among its names"),
])
def test_names_that_are_taken_are_refused(book_with, line, message):
    assert message in refused(book_with, f"{SOFTSIGN}    {line}\n")


def test_two_entries_of_a_file_cannot_have_one_alias(book_with):
    text = f"{SOFTSIGN}    alias soft\n{SOFTSIGN.replace('softsign', 'other')}    alias soft\n"
    assert "'soft' is a name of softsign already (my.rules, line 1)" in refused(book_with, text)


def test_an_alias_that_is_free_can_be_used(book_with, tmp_path):
    book_with(f"{SOFTSIGN}    alias soft\n")
    assert str(matcalc.diff("sum(soft(x))", rules=str(tmp_path / "my.rules"))) == "1/(abs(x) + 1)**2"


@pytest.mark.parametrize("header", [
    "exp(c: scalar) -> scalar", "exp(X: n,n) -> n,n", "tr(A: k,k) -> scalar", "det(c: scalar) -> scalar",
    "maximum(a: n,1; b: n,1) -> n,1",
])
def test_an_entry_that_would_never_be_used_is_refused(book_with, header):
    name, parameter = header.partition("(")[0], header.partition("(")[2][0]
    text = f"{header}\n    d {name}({parameter}) = d{parameter}\n    torch {parameter}\n    source S\n"
    message = refused(book_with, text)
    assert "comes before it and takes the same arguments" in message or "has this entry already" in message


@every_row(("first", "second", "answer"), [
    ("f(X: n,m) -> n,m", "f(x: n,1) -> n,1", True), ("f(x: n,1) -> n,1", "f(X: n,m) -> n,m", False),
    ("f(X: n,n) -> n,n", "f(X: n,m) -> n,m", False), ("f(X: n,m) -> n,m", "f(c: scalar) -> scalar", True),
    ("f(c: scalar) -> scalar", "f(X: n,m) -> n,m", False),
    ("f(X: n,m; Y: m,k) -> n,k", "f(X: n,n; Y: n,n) -> n,n", True),
    ("f(X: n,n; Y: n,n) -> n,n", "f(X: n,m; Y: m,k) -> n,k", False),
    ("f(X: n,m) -> n,m", "f(X: n,m; k: size) -> n,m", False),
    ("f(X: n,m; axis=0) -> n,m", "f(X: n,m; axis=1) -> n,m", False),
    ("f(n: size) -> n,n", "f(c: scalar) -> 1,1", False),
])
def test_which_entry_takes_all_that_another_takes(first, second, answer):
    one, other = read_rules(f"{first}\n{second}\n", "two.rules", lint=False)
    assert takes_all(one, other) is answer


def test_the_standard_rules_have_names_of_their_own():
    rules = [rule for rule in standard_book().rules if rule.callable]
    assert not [(one.id, other.id) for i, one in enumerate(rules) for other in rules[i + 1:]
                if one.name == other.name and takes_all(one, other)]


# -- lines for array libraries -------------------------------------------------------------------------------


@pytest.mark.parametrize("line", [
    "numpy     X/(1 + numpy.abs(X))", "array     X/(1 + xp.abs(X))", "jax       X/(1 + jax.numpy.abs(X))",
])
def test_right_lines_for_array_libraries_are_taken(book_with, line):
    assert book_with(f"{SOFTSIGN}    {line}\n").overloads("softsign")


@pytest.mark.parametrize(("line", "message"), [
    ("numpy     X/(2 + numpy.abs(X))", "torch disagrees with the line 'numpy X/(2 + numpy.abs(X))'"),
    ("array     X/(1 + 2*xp.abs(X))", "torch disagrees with the line 'array X/(1 + 2*xp.abs(X))'"),
    ("jax       X/(1 + 2*jax.numpy.abs(X))", "torch disagrees with the line 'jax X/(1 + 2*jax.numpy.abs(X))'"),
    ("numpy     numpy.softsin(X)", "the line 'numpy numpy.softsin(X)' fails"),
    ("array     xp.sum(X)", "the line 'array xp.sum(X)' gives a number, torch 3×2"),
    ("array     X/(1 + xp.abs(X)) + 0*xp.sum(X, axis=1, keepdims=True)", "fails"),  # columns have one dimension
    ("numpy     numpy.divide(X, 1 + numpy.abs(X), X)", "writes into its arguments"),
])
def test_wrong_lines_for_array_libraries_are_refused(book_with, line, message):
    assert message in refused(book_with, f"{SOFTSIGN}    {line}\n")


def test_lines_of_functions_of_several_arrays_are_compared(book_with):
    text = """weighted(A: n,n; x: n,1) -> scalar
    d weighted(A, x) = x.T@dA@x + x.T@(A + A.T)@dx
    torch x.mT @ A @ x
    array {line}
    source S
"""
    assert book_with(text.format(line="x @ A @ x")).overloads("weighted")
    assert "torch disagrees" in refused(book_with, text.format(line="x @ A.T @ A @ x"))


# -- arguments are left alone --------------------------------------------------------------------------------


@pytest.mark.parametrize("line", [
    "torch.div(X, 1 + torch.abs(X), out=X)", "torch.nn.functional.relu(X, inplace=True)", "torch.relu_(X)",
    "X + torch.nn.functional.relu(X, True)", "torch.nn.functional.softsign(torch.nn.functional.relu(X, True))",
])
def test_a_torch_line_cannot_write_into_its_arguments(book_with, line):
    assert refused(book_with, SOFTSIGN.replace("X/(1 + torch.abs(X))", line))


@pytest.mark.parametrize("line", [
    "numpy     numpy.nan_to_num(X, copy=False)", "numpy     scipy.linalg.expm(X, overwrite_a=True)",
    "numpy     numpy.exp(X, out=X)", "array     xp.place(X, X, X)",
])
def test_a_line_for_an_array_library_cannot_write_into_its_arguments(book_with, line):
    assert "is not allowed" in refused(book_with, f"{SOFTSIGN}    {line}\n")


# -- files ---------------------------------------------------------------------------------------------------


def test_a_byte_order_mark_is_no_part_of_the_first_line(tmp_path):
    path = tmp_path / "marked.rules"
    path.write_text(SOFTSIGN, encoding="utf-8-sig")
    assert book_of(str(path)).overloads("softsign")


def test_files_without_end_are_not_read_to_their_end(tmp_path):
    with pytest.raises(LimitError, match="has more than 1,000,000 bytes"):
        book_of("/dev/zero")
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)

    def feed():
        with open(pipe, "wb") as file:
            try:
                while True:
                    file.write(b"# " + b"x" * MAX_RULE_BYTES)
            except BrokenPipeError:
                pass

    writer = threading.Thread(target=feed)
    writer.start()
    with pytest.raises(LimitError):
        book_of(str(pipe))
    writer.join()


@pytest.mark.parametrize("content", [b"\xff\xfe", b"\x00", b"softsign\x00(X: n,m) -> n,m"])
def test_files_that_are_no_text(tmp_path, content):
    path = tmp_path / "bytes.rules"
    path.write_bytes(content)
    with pytest.raises(matcalc.MatcalcError):
        book_of(str(path))


@pytest.mark.parametrize("path", ["", "no/such.rules", ".", "\0"])
def test_paths_of_no_file(path):
    with pytest.raises(ArgumentError):
        book_of([path])


# -- the rule book does not change ---------------------------------------------------------------------------


def test_the_standard_rules_do_not_change():
    book = standard_book()
    rule = book.rules[0]
    with pytest.raises(ArgumentError, match="does not change"):
        rule.torch = "X"
    with pytest.raises(ArgumentError, match="does not change"):
        book.extend(read_rules(SOFTSIGN, "my.rules"))
    for container in (book.rules, rule.differentials, rule.lines):
        assert isinstance(container, tuple)
    for mapping in (book.by_name, rule.adjoints, rule.values):
        assert not hasattr(mapping, "__setitem__")


def test_a_book_with_other_rules_leaves_the_standard_ones_alone(book_with):
    before = {rule.id: (rule.book, rule.torch, rule.lines) for rule in standard_book().rules}
    book_with(SOFTSIGN)
    assert {rule.id: (rule.book, rule.torch, rule.lines) for rule in standard_book().rules} == before
