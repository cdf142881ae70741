"""Matrices as input: literals, files, the standard input, Python objects; what is none is refused with its place."""

import io
import os
import sys
from decimal import Decimal
from fractions import Fraction

import numpy
import pytest
import sympy
import torch
from tables import every_row

from matcalc import ArgumentError, DomainError, ExpressionSyntaxError, LimitError, MatcalcError, ShapeError
from matcalc.bounds import MAX_MATRIX_BYTES as MAX_BYTES
from matcalc.bounds import MAX_MATRIX_ENTRIES as MAX_ENTRIES
from matcalc.linalg import read_matrix
from matcalc.linalg.input.matrices import require_finite, require_square
from matcalc.linalg.input.texts import is_matrix_text

THIRD = Fraction(1, 3)

LITERALS = [
    ("[[2,1],[1,3]]", [[2, 1], [1, 3]]),
    ("  [[ 2 , 1 ] , [ 1 , 3 ]]\n", [[2, 1], [1, 3]]),
    ("[[2 1] [1 3]]", [[2, 1], [1, 3]]),
    ("[[2 1]\n [1 3]]", [[2, 1], [1, 3]]),
    ("[2 1; 1 3]", [[2, 1], [1, 3]]),
    ("[2, 1; 1, 3;]", [[2, 1], [1, 3]]),
    ("[1 2;\n 3 4]", [[1, 2], [3, 4]]),
    ("[1, 2, 3]", [[1], [2], [3]]),
    ("[1 2 3]", [[1], [2], [3]]),
    ("[1; 2]", [[1], [2]]),
    ("[[1, 2, 3]]", [[1, 2, 3]]),
    ("[1, 2,\n 3]", [[1], [2], [3]]),
    ("[[1,2,],[3,4],]", [[1, 2], [3, 4]]),
    ("[5]", [[5]]),
    ("[-1/3 +2 .5 5. 1e-3 2E2]", [[-THIRD], [2], [Fraction(1, 2)], [5], [Fraction(1, 1000)], [200]]),
    ("[0.1]", [[Fraction(1, 10)]]),
    ("[1/0.5]", [[2]]),
    ("[1e300 1e-300]", [[10**300], [Fraction(1, 10**300)]]),
]


@every_row("text, rows", LITERALS)
def test_literals_are_read_exactly(text, rows):
    matrix = read_matrix(text)
    assert matrix.is_exact
    assert matrix.exact == sympy.Matrix([[sympy.Rational(x.numerator, x.denominator) for x in row] for row in rows])
    assert matrix.array.tolist() == [[float(entry) for entry in row] for row in rows]
    assert matrix.array.dtype == numpy.float64
    assert matrix.shape == (len(rows), len(rows[0]))


@every_row("text, value", [
    ("2+3j", 2 + 3j), ("2-3i", 2 - 3j), ("(2+3j)", 2 + 3j), ("j", 1j), ("-i", -1j), ("1+j", 1 + 1j), ("1j/4", 0.25j),
    ("1/2-1j/4", 0.5 - 0.25j), ("0j", 0j), ("1e3+1e-3j", 1e3 + 1e-3j), ("3j+2", 2 + 3j),
])
def test_complex_entries(text, value):
    matrix = read_matrix(f"[{text}]")
    assert matrix.array.dtype == numpy.complex128
    assert matrix.array[0, 0] == value
    assert complex(matrix.exact[0, 0]) == value


def test_special_values_are_read_but_not_exact():
    matrix = read_matrix("[nan, inf, -Inf, +infinity]")
    assert numpy.isnan(matrix.array[0, 0])
    assert matrix.array[1:, 0].tolist() == [numpy.inf, -numpy.inf, numpy.inf]
    assert matrix.exact is None and not matrix.is_exact and not matrix.is_finite
    with pytest.raises(DomainError, match=r"entry \(1, 1\) is nan"):
        require_finite(matrix, "this")


REFUSED = [
    ("[", ExpressionSyntaxError, "never closed", 0),
    ("[[1,2],[3]]", ShapeError, "row 2 has 1 entry, row 1 has 2", 7),
    ("[1 2; 3]", ShapeError, "row 2 has 1 entry", 4),
    ("[[]]", ShapeError, "without entries", 2),
    ("[]", ShapeError, "no entries", None),
    ("[1,,2]", ExpressionSyntaxError, "missing before ','", 3),
    ("[,1]", ExpressionSyntaxError, "missing before ','", 1),
    ("[1;;2]", ExpressionSyntaxError, "missing before ';'", 3),
    ("[1,2", ExpressionSyntaxError, "never closed", 0),
    ("[[1,2]", ExpressionSyntaxError, "never closed", 0),
    ("[1,2]]", ExpressionSyntaxError, "after the matrix", 5),
    ("[1,2] + [3,4]", ExpressionSyntaxError, "after the matrix", 6),
    ("[1, x]", ExpressionSyntaxError, "'x' is not a number", 4),
    ("[1 - 2]", ExpressionSyntaxError, "'-' is not a number", 3),
    ("[1 + 2]", ExpressionSyntaxError, "'+' is not a number", 3),
    ("[2**3]", ExpressionSyntaxError, "not a number", 1),
    ("[1+2]", ExpressionSyntaxError, "is a sum", 1),
    ("[1/0]", ExpressionSyntaxError, "divides by zero", 1),
    ("[1/3j]", ExpressionSyntaxError, "not a number", 1),
    ("[--1]", ExpressionSyntaxError, "not a number", 1),
    ("[1_000]", ExpressionSyntaxError, "not a number", 1),
    ("[1,5 2,5]]", ExpressionSyntaxError, "after the matrix", 9),
    ("[−1]", ExpressionSyntaxError, "not a number", 1),
    ("[٣]", ExpressionSyntaxError, "not a number", 1),
    ("[__import__('os').getcwd()]", ExpressionSyntaxError, "not a number", 1),
    ("[[[1]]]", ShapeError, "two dimensions", 2),
    ("[[1,2],3]", ShapeError, "outside of the rows", 7),
    ("[1,[2]]", ShapeError, "a row among numbers", 3),
    ("[[1,2];[3,4]]", ExpressionSyntaxError, "';' between rows", 6),
    ("[1 2\n 3 4]", ExpressionSyntaxError, "new row", 6),
    ("[1e400]", LimitError, "too large for float64", 1),
    ("[1e-400]", LimitError, "too small for float64", 1),
    ("[1e999999999]", LimitError, "out of range", 1),
    ("[" + "9" * 5000 + "]", LimitError, "out of range", 1),
]


@every_row("text, kind, message, place", REFUSED, ids=[row[0][:25] for row in REFUSED])
def test_what_is_no_literal_is_refused_with_its_place(text, kind, message, place):
    with pytest.raises(kind) as caught:
        read_matrix(text)
    assert message in caught.value.message
    assert caught.value.hint
    assert place is None or caught.value.span[0] == place


def test_deep_and_long_literals_do_not_hang():
    with pytest.raises(ShapeError):
        read_matrix("[" * 100_000)
    assert read_matrix("[" + "1 " * 60_000 + "]").shape == (60_000, 1)


# -- files ----------------------------------------------------------------------------------------------------


def test_npy_files(tmp_path):
    path = tmp_path / "A.npy"
    numpy.save(path, numpy.array([[1, 2], [3, 4]]))
    assert read_matrix(path).exact == sympy.Matrix([[1, 2], [3, 4]])
    numpy.save(path, numpy.array([[0.5, 2], [3, 4]]))
    assert read_matrix(str(path)).exact is None
    numpy.save(path, numpy.asfortranarray(numpy.arange(6.0).reshape(2, 3)))
    assert read_matrix(path).array.tolist() == [[0, 1, 2], [3, 4, 5]]
    numpy.save(path, numpy.array([1 + 2j, 3], dtype=numpy.complex64))
    assert read_matrix(path).array.tolist() == [[1 + 2j], [3]]
    numpy.save(path, numpy.array([True, False]))
    assert read_matrix(path).array.tolist() == [[1], [0]]
    numpy.save(path, numpy.array([2**63 + 1], dtype=numpy.uint64))
    assert read_matrix(path).exact[0, 0] == 2**63 + 1


TABLES = [
    ("1,2\n3,4\n", [[1, 2], [3, 4]]),
    ("1 2\n3 4", [[1, 2], [3, 4]]),
    ("1\t2\r\n3\t4\r\n", [[1, 2], [3, 4]]),
    ("1;2\n3;4\n", [[1, 2], [3, 4]]),
    ("# a comment\n\n 1 , 2 # one\n% two\n3,4\n\n", [[1, 2], [3, 4]]),
    ('"1","2"\n"3","4"\n', [[1, 2], [3, 4]]),
    ("\ufeff1,2\n3,4", [[1, 2], [3, 4]]),
    ("5", [[5]]),
    ("1\n2\n", [[1], [2]]),
    ("[[1, 2],\n [3, 4]]\n", [[1, 2], [3, 4]]),
    ("1/2 0.25\n1e1 -1\n", [[0.5, 0.25], [10, -1]]),
]


@pytest.mark.parametrize("suffix", [".csv", ".txt", ".TXT"])
@pytest.mark.parametrize("text, rows", TABLES)
def test_text_files(tmp_path, text, rows, suffix):
    path = tmp_path / f"A{suffix}"
    path.write_bytes(text.encode())
    matrix = read_matrix(str(path))
    assert matrix.array.tolist() == rows
    assert matrix.is_exact


def test_what_numpy_writes_is_read_back(tmp_path):
    rng = numpy.random.default_rng(1)
    for array in (rng.standard_normal((7, 3)), rng.standard_normal((2, 2)) * 1j + 1):
        for delimiter in (",", " "):
            path = tmp_path / "A.csv"
            numpy.savetxt(path, array, delimiter=delimiter)
            numpy.testing.assert_array_equal(read_matrix(path).array, array)


BAD_TABLES = [
    (b"a,b\n1,2\n", ExpressionSyntaxError, "line 1: 'a' is not a number"),
    (b"1,2\n3\n", ShapeError, "line 2: 1 entry, but line 1 has 2"),
    (b"1,2\n3,,4\n", ExpressionSyntaxError, "line 2: entry 2 is missing"),
    (b"1,2\n3,\n", ExpressionSyntaxError, "line 2: an entry is missing at the end"),
    (b"1,5;2,3\n", ExpressionSyntaxError, "line 1: both ',' and ';'"),
    (b"", ShapeError, "no entries"),
    (b"# nothing\n\n", ShapeError, "no entries"),
    (b"\x00\x01\x02", ArgumentError, "not a text file"),
    (b"\xff\xfe1\x00,\x00", ArgumentError, "not a text file"),
    (b"1,\x802\n", ArgumentError, "not UTF-8"),
    (b"\x93NUMPY\x01\x00", ArgumentError, "A.csv is a NumPy file"),
]


@pytest.mark.parametrize("data, kind, message", BAD_TABLES)
def test_bad_text_files_are_refused_with_the_line(tmp_path, data, kind, message):
    path = tmp_path / "A.csv"
    path.write_bytes(data)
    with pytest.raises(kind) as caught:
        read_matrix(path)
    assert message in caught.value.message
    assert caught.value.hint


def npy(array, **extra):
    stream = io.BytesIO()
    numpy.save(stream, array, **extra)
    return stream.getvalue()


BAD_NPY = [
    (b"", "not a NumPy file"),
    (b"garbage" * 10, "not a NumPy file"),
    (npy(numpy.zeros((3, 3)))[:100], "not a NumPy file"),
    (npy(numpy.zeros((3, 3)))[:-5], "cut short"),
    (npy(numpy.array([[1, "a"]], dtype=object), allow_pickle=True), "pickled Python objects"),
    (npy(numpy.array(["a"])), "entries of type"),
    (npy(numpy.array(["2020-01-01"], dtype="datetime64[D]")), "entries of type"),
    (npy(numpy.zeros(3, dtype=[("a", float)])), "entries of type"),
    (npy(numpy.zeros((2, 2, 2))), "3 dimensions"),
    (npy(numpy.zeros((0, 3))), "no entries"),
    (npy(numpy.zeros((1, 1))).replace(b"(1, 1)", b"(9999999999, 1)")[:500], "9999999999 entries"),
    (npy(numpy.zeros((1, 1))).replace(b"'<f8'", b"abcde"), "not a NumPy file"),
]


@pytest.mark.parametrize("data, message", BAD_NPY, ids=[row[1] for row in BAD_NPY])
def test_bad_npy_files_are_refused(tmp_path, data, message):
    path = tmp_path / "A.npy"
    path.write_bytes(data)
    with pytest.raises(MatcalcError) as caught:
        read_matrix(path)
    assert message in caught.value.message


def test_a_pickle_in_an_npy_file_is_not_executed(tmp_path):
    class Bomb:
        def __reduce__(self):
            return os.mkdir, (str(tmp_path / "executed"),)

    path = tmp_path / "A.npy"
    numpy.save(path, numpy.array([Bomb()], dtype=object), allow_pickle=True)
    with pytest.raises(ArgumentError):
        read_matrix(path)
    assert not (tmp_path / "executed").exists()


def test_random_bytes_are_refused_or_read():
    rng = numpy.random.default_rng(2)
    start = npy(numpy.eye(3))
    for number in range(300):
        data = bytearray(start)
        for place in rng.integers(0, len(data), 3):
            data[place] = rng.integers(0, 256)
        try:
            matrix = read_matrix_from(bytes(data))
        except MatcalcError:
            continue
        assert matrix.array.dtype in (numpy.float64, numpy.complex128), number


def read_matrix_from(data):
    """Read the standard input that has these bytes."""
    stdin, sys.stdin = sys.stdin, io.TextIOWrapper(io.BytesIO(data))
    try:
        return read_matrix("-")
    finally:
        sys.stdin = stdin


@pytest.mark.parametrize("data", [
    b"1,2\n3,4\n", b"1 2\n3 4", b"[[1,2],[3,4]]\n", b"[1 2; 3 4]", npy(numpy.array([[1, 2], [3, 4]])),
])
def test_the_standard_input(data):
    matrix = read_matrix_from(data)
    assert matrix.exact == sympy.Matrix([[1, 2], [3, 4]])
    assert matrix.source == "the standard input"


def test_files_that_are_none(tmp_path):
    (tmp_path / "A.csv").write_text("1")
    (tmp_path / "A.xlsx").write_text("1")
    (tmp_path / "folder.csv").mkdir()
    os.mkfifo(tmp_path / "pipe.csv")
    for name, message, hint in [
        ("A.txt", "no file", "did you mean A.csv?"),
        ("A.xlsx", "not a .npy, .csv or .txt file", "numpy.save"),
        ("folder.csv", "is a directory", "name a file"),
        ("pipe.csv", "not a regular file", "standard input"),
        ("none/A.csv", "no file", "no folder"),
    ]:
        with pytest.raises(ArgumentError) as caught:
            read_matrix(str(tmp_path / name))
        assert message in caught.value.message
        assert hint in caught.value.hint


def test_a_huge_file_is_refused_before_it_is_read(tmp_path):
    path = tmp_path / "A.csv"
    with path.open("wb") as stream:
        stream.truncate(MAX_BYTES + 1)
    with pytest.raises(LimitError, match=f"the limit is {MAX_BYTES}"):
        read_matrix(path)


def test_too_many_entries_are_refused():
    with pytest.raises(LimitError, match=str(MAX_ENTRIES)):
        read_matrix(numpy.zeros((MAX_ENTRIES + 1, 1)))
    with pytest.raises(LimitError, match=str(MAX_ENTRIES)):
        read_matrix(numpy.broadcast_to(0.0, (10**6, 10**6)))


# -- Python objects -------------------------------------------------------------------------------------------


@every_row("source, exact", [
    ([[1, 2], [3, 4]], [[1, 2], [3, 4]]),
    (((1, 2), (3, 4)), [[1, 2], [3, 4]]),
    ([1, Fraction(1, 3), Decimal("0.1"), sympy.Rational(2, 7)], [[1], ["1/3"], ["1/10"], ["2/7"]]),
    (numpy.array([[1, 2]]), [[1, 2]]),
    (numpy.array([[Fraction(1, 2)]], dtype=object), [["1/2"]]),
    ([numpy.array([1, 2]), numpy.array([3, 4])], [[1, 2], [3, 4]]),
    (sympy.Matrix([[1, sympy.I]]), [[1, "I"]]),
    (sympy.eye(2), [[1, 0], [0, 1]]),
    (7, [[7]]),
    (True, [[1]]),
    (numpy.int8(3), [[3]]),
])
def test_exact_objects(source, exact):
    assert read_matrix(source).exact == sympy.Matrix([[sympy.sympify(entry) for entry in row] for row in exact])


@pytest.mark.parametrize("source", [[[0.5, 1]], 2.5, numpy.eye(2), sympy.Matrix([[sympy.sqrt(2)]]), numpy.float32(2)])
def test_floats_are_not_exact(source):
    assert read_matrix(source).exact is None


@every_row("source, kind", [
    ([], ShapeError), ([[]], ShapeError), ([[1, 2], [3]], ShapeError), ([[1, 2], 3], ShapeError),
    ([[[1]]], ShapeError), (numpy.zeros((2, 2, 2)), ShapeError), (numpy.zeros((0, 0)), ShapeError),
    (sympy.zeros(0, 0), ShapeError), ([1, "a"], ArgumentError), ([None], ArgumentError), (None, ArgumentError),
    ({1: 2}, ArgumentError), (object(), ArgumentError), (numpy.array(["a"]), ArgumentError),
    (sympy.Matrix([[sympy.Symbol("a")]]), ArgumentError), ([10**400], LimitError), ("", ArgumentError),
    ("A.T@A", ArgumentError), (numpy.ma.masked_array([1.0, 2.0], mask=[True, False]), ArgumentError),
])
def test_objects_that_are_no_matrix(source, kind):
    with pytest.raises(kind) as caught:
        read_matrix(source)
    assert caught.value.hint


def test_a_tensor_is_read():
    assert read_matrix(torch.eye(2, requires_grad=True)).array.tolist() == [[1, 0], [0, 1]]


def test_a_matrix_cannot_be_changed_and_does_not_change_with_its_source():
    array = numpy.eye(2)
    matrix = read_matrix(array)
    array[0, 0] = 7
    assert matrix.array[0, 0] == 1
    with pytest.raises(ValueError):
        matrix.array[0, 0] = 5
    assert read_matrix(matrix) is matrix


def test_a_square_matrix_can_be_asked_for():
    with pytest.raises(ShapeError, match="det needs a square matrix, but this is 1×2"):
        require_square(read_matrix([[1, 2]]), "det")


@pytest.mark.parametrize("text, answer", [
    ("[[1]]", True), (" [1 2]", True), ("-", True), ("A.npy", True), ("dir/A.CSV", True), ("data.mat", True),
    ("A", False),
    ("x.T@A@x", False), ("X.T", False), ("A@B.T", False), ("2*1.e5", False), ("0.5", False), ("", False),
    ("-x.T@x", False), ("inv(X).T", False),
])
def test_which_texts_mean_matrices(text, answer, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "A").mkdir()
    assert is_matrix_text(text) is answer
