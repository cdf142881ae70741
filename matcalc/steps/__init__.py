"""Derivations: how a derivative is found, line by line, as at a board."""
