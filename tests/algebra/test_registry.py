"""Every node type has every handler that it needs; a new one fails at once, and the message says what is missing."""

from importlib import import_module

from matcalc.algebra import blocks, expressions, indexed
from matcalc.algebra.registry import HANDLERS, handles, unhandled

for module in ("algebra.substitute", "algebra.kronecker", "algebra.products", "presentation.present",
               "calculus.linearise", "calculus.identify", "calculus.adjoint", "compiler.lower"):  # fmt: skip
    import_module(f"matcalc.{module}")


def node_types():
    """Return the classes of nodes, without those that only share code."""
    classes = {c for module in (expressions, blocks, indexed) for c in vars(module).values() if isinstance(c, type)}
    nodes = [c for c in classes if issubclass(c, (expressions.Array, expressions.ScalarNode))]
    return [c for c in nodes if not c.__name__.startswith("_") and c.__name__ not in ("Array", "ScalarNode")]


def test_every_node_type_has_every_handler():
    assert len(node_types()) >= 15 and len(HANDLERS) >= 7
    assert unhandled(node_types()) == []


def test_what_is_treated_elsewhere_exists_and_has_no_handler_besides():
    names = {kind.__name__: kind for kind in node_types()}
    for name, (table, elsewhere) in HANDLERS.items():
        assert elsewhere <= names.keys(), name
        assert not [word for word in elsewhere if names[word] in table], name


def test_a_new_node_type_is_named_with_every_table_that_lacks_it(monkeypatch):
    class Circle(expressions.Array):
        """A node type that nothing knows."""

    missing = unhandled([*node_types(), Circle])
    assert sorted(missing) == sorted(f"{name}: no handler for Circle" for name in HANDLERS)
    for name, (table, elsewhere) in list(HANDLERS.items()):
        monkeypatch.setitem(HANDLERS, name, (table, elsewhere))
        handles(name, {**table, Circle: lambda *args: None}, " ".join(elsewhere))
    assert unhandled([*node_types(), Circle]) == []
