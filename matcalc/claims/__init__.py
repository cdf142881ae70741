"""The check of a person's own formula: whether it is the derivative, and if not, what is wrong with it."""

from .examine import check
from .report import ClaimReport

__all__ = ["ClaimReport", "check"]
