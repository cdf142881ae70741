"""Definiteness of matrices of numbers and of expressions."""
