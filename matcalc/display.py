"""How results show in an interactive session: a short repr, and their text in a notebook's own way."""

from __future__ import annotations


class Short:
    """A result whose ``str`` has lines of text; its repr is the first of them."""

    def __repr__(self) -> str:
        lines = str(self).splitlines()
        return f"<{type(self).__name__}: {lines[0].strip() if lines else ''}>"


class Displayed(Short):
    """A result that a notebook shows as its lines of text, in Unicode where it has them so."""

    def _repr_html_(self) -> str:
        from html import escape

        told = getattr(self, "unicode", None)
        return f"<pre>{escape(told() if callable(told) else str(self))}</pre>"
