"""A table of cases as one test hides nothing: every row is run, and every one that fails is shown with its row."""

import pytest
from tables import every_row, in_parts


def test_all_rows_are_run_and_all_that_fail_are_shown():
    met = []

    @every_row(("a", "b"), [(1, 1), (1, 2), pytest.param(3, 3), (4, 5)], ids=["one", "two", "three", "four"])
    def test(a, b):
        met.append((a, b))
        assert a == b

    with pytest.raises(BaseExceptionGroup, match="2 of 4 rows of test") as caught:
        test()
    assert met == [(1, 1), (1, 2), (3, 3), (4, 5)]
    assert [failure.__notes__ for failure in caught.value.exceptions] == [
        ["the row two: a=1, b=2"], ["the row four: a=4, b=5"]
    ]  # fmt: skip


def test_what_was_not_raised_is_a_failure_of_its_row():
    @every_row("text", ["1", "x", "2"])
    def test(text):
        with pytest.raises(ValueError):
            int(text)

    with pytest.raises(BaseExceptionGroup) as caught:
        test()
    assert [failure.__notes__ for failure in caught.value.exceptions] == [["the row text='1'"], ["the row text='2'"]]


@every_row("outer", [1, 2])
@every_row("inner, other", [(10, 20), (30, 40)])
def test_tables_are_nested_beside_fixtures(outer, inner, other, book):
    assert (outer, inner, other) in {(1, 10, 20), (1, 30, 40), (2, 10, 20), (2, 30, 40)} and book.rules


@pytest.mark.parametrize(("names", "rows", "message"), [
    ("a", [], "a table without rows"),
    ("a", [pytest.param(1, marks=pytest.mark.long)], "a row of a table cannot be marked"),
])
def test_a_table_that_would_leave_something_out_is_refused(names, rows, message):
    with pytest.raises(ValueError, match=message):
        every_row(names, rows)


def test_a_name_that_the_test_does_not_take_is_refused():
    with pytest.raises(TypeError, match="takes no b"):
        every_row("b", [1])(lambda a: a)


def test_the_parts_of_a_table_are_the_table():
    seen = []

    @in_parts("number", range(7), 3)
    def test(number):
        seen.append(number)

    (mark,) = test.pytestmark
    for part in mark.args[1]:
        test(part)
    assert seen == [0, 3, 6, 1, 4, 2, 5]
