r"""Functions and other commands of LaTeX: which function of the language each is, and which are not read."""

from __future__ import annotations

import re

from ..open_products.forms import NORM_2

# over more than a name they are a conjugate
OVER_MORE = frozenset({"\\overline", "\\bar"})
_SYNONYMS = {
    "ln": "log",
    "Tr": "tr",
    "Trace": "tr",
    "Det": "det",
    "sgn": "sign",
    "Re": "real",
    "Im": "imag",
    "arg": "angle",
    "Diag": "diag",
    "Vec": "vec",
    "vectorize": "vec",
    "ReLU": "relu",
    "sg": "detach",
    "stopgrad": "detach",
    "stopgradient": "detach",
    "LSE": "logsumexp",
    "lse": "logsumexp",
    "tg": "tan",
    "arctg": "atan",
}
# Greek letters that are functions before parentheses
CALLED_LETTERS = {"sigma": "sigmoid", "Phi": "normcdf", "psi": "digamma", "Gamma": "Gamma"}
# f^{-1}, where it means nothing but the inverse function; sin^{-1} is 1/sin for some
INVERSES = {"erf": "erfinv", "normcdf": "norminv"}
# as a command, these mean something else in LaTeX
_NO_COMMANDS = frozenset({"sum", "prod", "e", "norm"})
FRACTIONS = frozenset({"\\frac", "\\tfrac", "\\dfrac", "\\cfrac", "\\nicefrac", "\\sfrac", "\\flatfrac"})
DELIMITED = {"\\norm": "‖", "\\abs": "|"}
PRODUCTS = {
    "\\cdot": "dot",
    "\\times": "cross",
    "*": "product",
    "\\ast": "product",
    "/": "fraction",
    "\\div": "fraction",
    "\\odot": "*",
    "\\circ": "*",
    "\\bigodot": "*",
    ":": "inner",
    "@": "@",
    "times": "times",
    "over": "over",
    "\\colon": "inner",
    "\\bullet": "inner",
    "\\oslash": "/",
}
_SUMS = r"write \operatorname{sum}(x), \mathbf{1}^\top x or the formula in matrices"
_RIGHT_SIDE = "write only the right-hand side"
_NO_RELATION = "write one expression, without relations"
REFUSED = {
    **dict.fromkeys(("\\int", "\\bigoplus", "\\lim"), _SUMS),
    **dict.fromkeys(("\\nabla", "\\partial"), _RIGHT_SIDE),
    **dict.fromkeys(("\\coloneqq", "\\triangleq", "\\equiv", "\\to", "\\mapsto", "\\Rightarrow"), _RIGHT_SIDE),
    **dict.fromkeys(("\\le", "\\leq", "\\ge", "\\geq", "\\ne", "\\neq", "\\in", "\\approx", "\\sim"), _NO_RELATION),
    **dict.fromkeys(("\\propto", "\\ll", "\\gg", "\\succ", "\\succeq", "\\prec", "\\preceq"), _NO_RELATION),
    **dict.fromkeys(("<", ">", "=="), "write a comparison in brackets, which is 1 where it holds: (x > 0)"),
    **dict.fromkeys(("\\pm", "\\mp"), "write + or -"),
    **dict.fromkeys(
        ("\\dots", "\\ldots", "\\cdots", "\\vdots", "\\ddots"), "write the formula in vectors and matrices"
    ),
    "\\infty": r"infinity only stands in \|x\|_\infty",
    "\\\\": "write one line",
    "\\not": _NO_RELATION,
    "\\argmin": "write the function that is minimised",
    "\\argmax": "write the function that is maximised",
    "\\sup": r"write \max(x)",
    "\\inf": r"write \min(x)",
    "\\top": r"write X^\top for the transpose",
    "\\intercal": r"write X^\intercal for the transpose",
    "\\prime": "write X' for the transpose",
}


# templates of rules: v_{\max}\left({X}\right), L_{{k}}\left({X}, {E}\right) with a parameter below, {A} \oplus {B}
_SUBSCRIPTED = re.compile(r"(\\?[A-Za-z]+)_(?:\{\\?(\w+)\}|\\?(\w+))\\left\(.*\\right\)")
_SLOTTED = re.compile(r"(\\?[A-Za-z]+)_\{\{(\w+)\}\}\\left\(.*,.*\\right\)")
_BETWEEN = re.compile(r"\{\w+\} (\\[a-z]+|[<>]) \{\w+\}")


class LatexFunctions:
    r"""Which words are functions; ``book`` holds those of the language.

    What the rules' templates say is read from them: ``subscripted`` maps a letter and its subscript to a function, as
    in \lambda_{\max}(X); ``slotted`` maps a letter to a function and to the parameter that stands in its subscript,
    as in L_{k}(X, E); ``between`` maps a sign to a function of two arguments, as in A \otimes B.
    """

    def __init__(self, book):
        self.book = book
        self.subscripted, self.slotted, self.between = {("\\sigma", "max"): NORM_2}, {}, {}
        self.relations = {}
        for rule in book.rules:
            if match := _SLOTTED.fullmatch(rule.latex):
                names = [parameter.name for parameter in rule.params]
                self.slotted[match[1]] = (rule.name, names.index(match[2]))
            elif match := _SUBSCRIPTED.fullmatch(rule.latex):
                self.subscripted[match[1], match[2] or match[3]] = rule.name
            elif (match := _BETWEEN.fullmatch(rule.latex)) and rule.relation:
                self.relations[match[1]] = rule.name
            elif match:
                self.between[match[1]] = self.between[match[1].replace("\\o", "\\bigo")] = rule.name

    def name(self, word):
        """Return the function of the language that a word means, None where it means none."""
        for candidate in (word, _SYNONYMS.get(word, ""), word.lower()):
            if candidate != "e" and self.book.overloads(candidate):
                return self.book.overloads(candidate)[0].name
        return "e" if word == "e" else None

    def is_declared(self, word):
        """Return whether a word is a function that was declared, of which nothing else is known."""
        return any(rule.unknown for rule in self.book.overloads(word))

    def command(self, command):
        """Return the function that a command such as \\log means, None where it means none."""
        word = command[1:].rstrip("*")
        return None if word in _NO_COMMANDS else self.name(word)

    def is_function(self, word):
        """Return whether letters before parentheses are a function."""
        return self.name(word) is not None

    def known_commands(self):
        """Return the commands of functions, for suggestions."""
        return [f"\\{name}" for name in (*self.book.function_names(), *_SYNONYMS) if name not in _NO_COMMANDS]
