"""Subscripts, lists and blocks: read as NumPy reads them, written so that they are read back, refused with carets."""

import pytest
from tables import every_row

from matcalc.errors import ExpressionSyntaxError
from matcalc.language.subscripts import is_block, is_subscript
from matcalc.language.syntax import parse_tree, postorder
from matcalc.language.unparse import unparse

WRITTEN = [
    ("x[ i ]", "x[i]"),
    ("A[i,:]@x", "A[i, :]@x"),
    ("A[:,j]", "A[:, j]"),
    ("X[i][j]", "X[i][j]"),
    ("X[1:3,:][:,2:]", "X[1:3, 2:]"),
    ("X[i, 1:3]", "X[i, 1:3]"),
    ("X[:k, j]", "X[:k, j]"),
    ("X[:, :]", "X"),
    ("x[::2]", "x[::2]"),
    ("x[0::2] + x[-1::-1]", "x[::2] + x[::-1]"),
    ("X[1:n:3, ::-1]", "X[1:n:3, ::-1]"),
    ("X[5:1:-2, :][i, 1::2]", "X[5:1:-2, :][i, 1::2]"),
    ("x[2:5:1]", "x[2:5]"),
    ("x[:-1] - x[1:]", "x[:-1] - x[1:]"),
    ("x[n - 1]**2", "x[n - 1]**2"),
    ("-(A + B)[i, j].T", "-(A + B)[i, j].T"),
    ("inv(A)[2*k + 1, 0]", "inv(A)[2*k + 1, 0]"),
    ("[1,2 , 3]", "[1, 2, 3]"),
    ("[[1, 2],[a, -1/2],]@x", "[[1, 2], [a, -1/2]]@x"),
    ("block([[A,B],[C,D]])", "block([[A, B], [C, D]])"),
    ("block([[H, A.T], [A, 0]])@z", "block([[H, A.T], [A, 0]])@z"),
    ("block([A, B])", "block([[A, B]])"),
    ("hstack((A, B))", "hstack(A, B)"),
    ("vstack([x, 1])", "vstack(x, 1)"),
    ("hstack((A + B)@C, D)", "hstack((A + B)@C, D)"),
    ("vstack(x[1:], [0, 1])[k]", "vstack(x[1:], [0, 1])[k]"),
]  # fmt: skip


@every_row(("text", "written"), WRITTEN)
def test_what_is_read_is_written_and_read_back(text, written):
    tree = parse_tree(text)
    assert unparse(tree) == written
    assert unparse(parse_tree(written)) == written


def test_a_subscript_spans_its_operand_and_brackets():
    text = "y + (A@B)[i, 1:3]"
    found = [text[node.span.start : node.span.end] for node in postorder(parse_tree(text)) if is_subscript(node)]
    assert found == ["(A@B)[i, 1:3]", "(A@B)[i, 1:3]"]


def test_blocks_are_told_from_lists():
    assert is_block(parse_tree("block([[A, B]])"))
    assert not is_block(parse_tree("[[a, b]]"))


REFUSED = [
    ("x»[«1", "'[' is never closed", "add ']' at the end"),
    ("x»[«1)", "'[' is never closed", "add ']' before ')'"),
    ("»(«x]", "'(' is never closed", "add ')' before ']'"),
    ("x»]«", "']' has no '['", "remove it"),
    ("x»[«]", "an index is missing", "write one, as in x[0] or A[i, :]"),
    ("x[1:3:»0«]", "the step of a slice cannot be 0", "write x[::2] for every second entry, x[::-1] to reverse"),
    ("X[:, ::»-0«]", "the step of a slice cannot be 0", "write x[::2] for every second entry, x[::-1] to reverse"),
    ("x[1:9:2»:«3]", "a slice has two bounds and a step at most", "write x[1:9:2]"),
    ("X»[i, j, k, l«]", "an array has three indices at most",
     "write X[i, j], a row and a column; A[k, i, j] of a stack of matrices"),
    ("x»:«", "':' stands outside of subscripts", "write a slice as X[1:3, :]"),
    ("(A»,« B)", "',' stands outside the arguments of a function", "write one expression"),
    ("[[1, 2], »[3]«]", "the rows are not of one length: one of 1 stands beside one of 2",
     "give every row as many parts"),
    ("block([[A, B], »C«])", "the rows are not of one length: something else stands beside one of 2",
     "give every row as many parts"),
    ("»[«]", "a list needs a part", "write it as [[1, 2], [3, 4]]"),
]  # fmt: skip


@every_row(("marked", "message", "hint"), REFUSED)
def test_what_cannot_be_read_is_pointed_at(marked, message, hint):
    start, end = marked.index("»"), marked.index("«") - 1
    text = marked.replace("»", "").replace("«", "")
    with pytest.raises(ExpressionSyntaxError) as caught:
        parse_tree(text)
    error = caught.value
    assert (error.message, error.hint, tuple(error.span)) == (message, hint, (start, end))
