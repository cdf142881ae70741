"""Matrices of numbers from literals, files and arrays."""
