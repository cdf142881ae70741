"""Foreign names to names of the language: one name for one spelling."""

from __future__ import annotations

import keyword

from ...errors import UnknownNameError

_LAMBDA = ("lam", "lambda_")


class Names:
    """The names of one formula. ``known`` are those that are declared, or that the claim's expression has."""

    def __init__(self, text, known):
        self.text, self.known = text, known
        self.spelled = {}

    def use(self, name, spelling, span):
        """Return the name for a spelling; raises UnknownNameError where another spelling has it already."""
        other = self.spelled.setdefault(name, spelling)
        if other != spelling:
            raise UnknownNameError(
                f"{other} and {spelling} would both be called {name}",
                source=self.text,
                span=span,
                hint="rename one of them",
            )
        return name

    def plain(self, word, span):
        """Return the name for a word of letters, digits and underscores. Raises UnknownNameError."""
        name = word
        if word == "lambda":
            name = next((other for other in _LAMBDA if other in self.known), _LAMBDA[0])
        if keyword.iskeyword(name):
            raise UnknownNameError(
                f"'{word}' is a reserved word of the language", source=self.text, span=span, hint="use another name"
            )
        if name.startswith("_"):
            raise UnknownNameError(
                f"'{word}' cannot be a name: names begin with a letter", source=self.text, span=span, hint="rename it"
            )
        return name
