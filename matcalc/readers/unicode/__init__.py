"""Formulas in Unicode mathematics."""
