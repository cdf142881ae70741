"""``--values``: the values of names on the command line and in files."""

import json

import numpy
import pytest
from command_line import diff, matcalc_here

TEXT = "norm(A@x - b)**2"
ANSWER = "2*[[1, 3], [2, 1/2]]@([[1, 2], [3, 1/2]]@x - b)\n"
A = [[1, 2], [3, 0.5]]


@pytest.fixture
def files(tmp_path):
    (tmp_path / "data.json").write_text(json.dumps({"A": A}))
    (tmp_path / "list.json").write_text(json.dumps(A))
    (tmp_path / "matrix.csv").write_text("1,2\n3,0.5\n")
    (tmp_path / "matrix.txt").write_text("1 2\n3 0.5\n")
    (tmp_path / "words.csv").write_text("1,two\n")
    numpy.save(tmp_path / "matrix.npy", A)
    numpy.savez(tmp_path / "data.npz", A=A)
    return tmp_path


@pytest.mark.parametrize("given", [
    "A=[[1, 2], [3, 1/2]]", "A = [[1,2],[3,0.5]]", "A={}/matrix.csv", "A={}/matrix.txt", "A={}/matrix.npy",
    "{}/data.npz", "{}/data.json",
])
def test_values_are_read_from_texts_and_files(files, given):
    assert diff(TEXT, "--wrt", "x", "--values", given.format(files)).stdout == ANSWER


def test_several_values_in_one_text_and_in_several():
    for given in (["A=[[1, 2], [3, 4]], b=[-1, 1/3]"], ["A=[[1, 2], [3, 4]]", "b=[-1, 1/3]"]):
        done = diff(TEXT, "--wrt", "x", *[word for text in given for word in ("--values", text)])
        assert done.stdout == "2*[[1, 3], [2, 4]]@([[1, 2], [3, 4]]@x - [-1, 1/3])\n"


def test_values_are_those_of_the_lines_that_have_the_name():
    done = matcalc_here("diff", "-", "--no-check", "--values", "A=[[1, 2], [3, 4]]", stdin="x.T@A@x\nb.T@x\n")
    assert done.stdout == "[[2, 5], [5, 8]]@x\nb\n"


def test_steps_and_code_take_values():
    for command in (["steps", "--no-check"], ["code"]):
        done = matcalc_here(*command, "x.T@A@x", "--wrt", "x", "--values", "A=[[1,2],[3,4]]")
        assert done.exit_code == 0 and "[[1, 2], [3, 4]]" in done.stdout


@pytest.mark.parametrize(("command", "shown"), [
    (["check", "norm(A@x - b)**2", "--wrt", "x", "--claim", "2*A.T@(A@x - b)"], "right, in denominator layout"),
    (["check", "norm(A*x - b)^2", "--wrt", "x", "--claim", "A'*(A*x - b)", "--syntax", "matlab"], "a factor 2 is"),
    (["graph", "x.T@A@x", "--wrt", "x", "--format", "text"], "v1@[[1, 2], [3, 4]]"),
    (["definite", "A.T@A + c*eye(2)", "--assume", "c positive"], "positive definite"),
    (["definite", "A"], "indefinite: the symmetric part"), (["convex", "x.T@A.T@A@x", "--wrt", "x"], "convex in x"),
    (["taylor", "x.T@A@x", "--wrt", "x"], "x.T@[[1, 2], [3, 4]]@dx"), (["newton", "norm(A@x - b)**2"], "step = "),
])  # fmt: skip
def test_every_formula_takes_values(command, shown):
    done = matcalc_here(*command, "--values", "A=[[1, 2], [3, 4]]")
    assert shown in done.stdout, done.stdout + done.stderr


@pytest.mark.parametrize("command", [["definite", "B@B.T"], ["check", "B@x", "--claim", "B"], ["graph", "B@x"]])
def test_a_value_of_no_name_is_an_error(command):
    done = matcalc_here(*command, "--values", "A=[[1, 2], [3, 4]]")
    assert done.exit_code == 2 and "no variable 'A'" in done.stderr


@pytest.mark.parametrize(("given", "message"), [
    (["A=[[1, 2], [3]]"], "the rows are not of one length"), (["Q=[1]"], "no variable 'Q' in the expression"),
    (["A=[[1, y], [2, 3]]"], "is no array of numbers"), (["A="], "gives no name a value"),
    (["A=1", "A=2"], "A has two values"),
    (["x=[1, 2]"], "x is differentiated by"), (["{}/none.json"], "cannot be read"), (["{}/list.json"], "has no names"),
    (["A={}/words.csv"], "has no array of numbers"), (["{}/matrix.csv"], "names no variable"),
    (["A=[[1/0]]"], "no array"),
])
def test_what_is_no_value_is_refused(files, given, message):
    done = diff(TEXT, "--wrt", "x", *[word for text in given for word in ("--values", text.format(files))])
    assert done.exit_code == 2 and message in done.stderr and done.stdout == ""
