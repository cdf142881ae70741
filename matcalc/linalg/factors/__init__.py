"""Factorisations and rank."""
