"""``matcalc rules``, and rule files of one's own."""

from command_line import AGREES, matcalc_here
from tables import every_row

from matcalc.api import book_of

SWISH = """\
swish(X: n,m) -> n,m
    elementwise
    d swish(X) = (sigmoid(X) + X*sigmoid(X)*(1 - sigmoid(X)))*dX
    torch     torch.nn.functional.silu(X)
    source    Ramachandran et al. (2017)
"""


def test_one_rule():
    assert matcalc_here("rules", "logdet").stdout.splitlines()[:2] == [
        "logdet(X: n,n) -> scalar        where invertible(X)",
        "  d logdet(X) = tr(inv(X) @ dX)                      Matrix Cookbook (43)",
    ]


@every_row("name, header", [
    (["trace"], "tr(A: n,n) -> scalar"), (["@"], "matmul(A: m,k; B: k,n) -> m,n"), (["matmul"], "matmul("),
    ([".T"], "transpose(A: m,n) -> n,m"), (["product rule"], "product rule(a: scalar; b: scalar) -> scalar"),
    (["product", "rule"], "product rule("), (["quotient"], "quotient rule("), (["A", "@", "B"], "matmul("),
])
def test_aliases_operators_and_rules_of_calculus(name, header):
    done = matcalc_here("rules", *name)
    assert done.exit_code == 0
    assert done.stdout.startswith(header)


def test_every_entry_can_be_shown_and_has_its_source():
    for rule in book_of().rules:
        shown = matcalc_here("rules", rule.name).stdout
        assert rule.header.split(" where ")[0].strip() in shown
        assert rule.source in shown


def test_the_list_has_every_rule_below_its_topic():
    done = matcalc_here("rules")
    blocks = dict(block.split("\n", 1) for block in done.stdout.strip().split("\n\n"))
    for rule in book_of().rules:
        lines = blocks[rule.file.removesuffix(".rules")].splitlines()
        assert any(line.strip().startswith(rule.header.split(" where ")[0].strip()) for line in lines)


def test_a_rule_file_of_ones_own(tmp_path):
    path = tmp_path / "activations.rules"
    path.write_text(SWISH, encoding="utf-8")
    done = matcalc_here("diff", "sum(swish(A@x))", "--wrt", "x", "--rules", str(path))
    assert done.exit_code == 0, done.stderr
    assert done.stdout.startswith("A.T@")
    assert AGREES.search(done.stderr)
    shown = matcalc_here("rules", "swish", "--rules", str(path)).stdout
    assert shown.startswith("swish(X: n,m) -> n,m\n  d swish(X) = ")
    assert "activations\n  swish(X: n,m) -> n,m" in matcalc_here("rules", "--rules", str(path)).stdout


def test_a_wrong_rule_is_refused(tmp_path):
    path = tmp_path / "wrong.rules"
    path.write_text(SWISH.replace(" + X", " - X"), encoding="utf-8")
    done = matcalc_here("diff", "sum(swish(A@x))", "--wrt", "x", "--rules", str(path))
    assert (done.exit_code, done.stdout) == (2, "")
    assert "torch disagrees" in done.stderr


def test_a_rule_file_that_is_not_there(tmp_path):
    done = matcalc_here("diff", "x.T@x", "--rules", str(tmp_path / "none.rules"))
    assert done.exit_code == 2
    assert "cannot be read" in done.stderr
