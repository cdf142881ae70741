"""The table of kinks in docs/conventions.md is what matcalc and the installed libraries give."""

import pytest

from docs import generate_kinks


@pytest.mark.usefixtures("double_precision_in_jax")
def test_the_table_is_what_the_installed_libraries_give():
    page = generate_kinks.PAGE.read_text(encoding="utf-8")
    assert generate_kinks.page() == page, "run python -m docs.generate_kinks"


def test_matcalc_shares_ties_as_torch_does():
    for text, name, point, others, torch_code, *_ in generate_kinks.ROWS:
        if text not in ("norm(x)", "det(X)"):  # no derivative, and a value of torch's that is wrong
            ours = generate_kinks.by_matcalc(text, name, point, others)
            assert ours == generate_kinks.by_torch(torch_code, name, point, others), text
