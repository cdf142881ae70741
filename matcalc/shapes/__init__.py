"""Shapes of names and nodes: inferred by unification, declared, spelled."""
