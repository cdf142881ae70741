"""Formulas in MATLAB's notation."""
