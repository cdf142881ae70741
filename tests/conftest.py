"""What several tests share: the rule book, and the names of the functions that the language promises."""

import pytest

from matcalc.build import make_book


@pytest.fixture(scope="session")
def book():
    """The rule book that matcalc ships."""
    return make_book()
