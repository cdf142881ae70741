"""The forms in which a formula can be copied into a document: LaTeX, Typst, MathML, Markdown."""

from __future__ import annotations

from ..words import DOCUMENT_FORMATS, known_word


def in_document(latex: str, form: str) -> str:
    """Return a formula that matcalc wrote in LaTeX, in one of ``words.DOCUMENT_FORMATS``.

    LaTeX and Typst are for math mode, MathML is an element, Markdown has a displayed formula between dollar signs.
    Raises ArgumentError for another form.
    """
    if known_word("format", form, DOCUMENT_FORMATS) == "latex":
        return latex
    if form == "markdown":
        return "$$\n" + latex.replace("{align*}", "{aligned}").strip() + "\n$$"
    if form == "typst":
        from .typst import typst_text

        return typst_text(latex)
    from .mathml import mathml_text

    return mathml_text(latex)
