"""Expressions to surface trees in their shortest form."""

from .present import Presenter, length, present

__all__ = ["Presenter", "length", "present"]
