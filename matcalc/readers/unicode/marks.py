"""The signs of Unicode mathematics, and what each stands for; whether a text has any is asked of every text."""

from __future__ import annotations

import unicodedata

from ...language.tokens import GREEK_LETTERS, THIN_SPACE

RAISED = dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖʳˢᵗᵘᵛʷˣʸᶻ", "0123456789+-abcdefghijklmnoprstuvwxyz")) | {
    "⁽": "(",
    "⁾": ")",
    "ᵀ": "\\top",
    "ᴴ": "\\dagger",
}
LOWERED = dict(zip("₀₁₂₃₄₅₆₇₈₉₊₋₌ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ", "0123456789+-=aehijklmnoprstuvx"))
ACCENTS = {"\u0302": "hat", "\u0303": "tilde", "\u0304": "bar", "\u0305": "bar", "\u0307": "dot", "\u0308": "ddot"}
ACCENTS["\u20d7"] = ""
GREEK = GREEK_LETTERS | {"ϕ": "phi", "ϵ": "epsilon", "ϑ": "theta", "ϱ": "rho", "ς": "sigma", "ℓ": "ell", "ζ": "zeta"}
GREEK |= {"ι": "iota", "υ": "upsilon", "Ξ": "Xi", "Υ": "Upsilon", "µ": "mu", "∆": "Delta", "Ω": "Omega"}
SIGNS = {
    "−": "-", "–": "-", "·": "\\cdot", "⋅": "\\cdot", "∙": "\\cdot", "×": "\\times", "⊙": "\\odot", "∘": "\\odot",
    "⊘": "\\oslash", "⊗": "\\otimes", "⊕": "\\oplus", "⊤": "'", "′": "'", "’": "'", "'": "'", "∞": "\\infty",
    "∇": "\\nabla", "∂": "\\partial", "∑": "\\sum", "∏": "\\prod", "∫": "\\int", "≜": "=", "≔": "=", "†": "\\dagger",
    "∧": "\\land", "∨": "\\lor", "≤": "\\le", "≥": "\\ge", "∈": "\\in", "≈": "\\approx", "≠": "\\ne", "±": "\\pm",
    "÷": "/",
    "ℜ": "\\Re", "ℑ": "\\Im", "∠": "\\angle", "∗": "*",
}  # fmt: skip

FRACTIONS = {"½": "12", "⅓": "13", "¼": "14", "¾": "34", "⅔": "23", "⅛": "18"}
BARS = {"‖": "‖", "∥": "‖", "|": "|", "∣": "|"}
BRACKETS = {"(": "open", "[": "open", "⟨": "open", ")": "close", "]": "close", "⟩": "close"}
MARKS = frozenset(RAISED) | frozenset(LOWERED) | frozenset(GREEK) | frozenset(SIGNS) - {"'"}
MARKS |= frozenset(FRACTIONS) | frozenset("‖∥∣√⟨⟩𝟏") | frozenset(ACCENTS) | frozenset(THIN_SPACE)
WEAK_MARKS = frozenset("−–’′µ")


def has_marks(text: str) -> bool:
    """Return whether a text has a sign of Unicode mathematics in it."""
    return "|" in text or not text.isascii() and not MARKS.isdisjoint(text)


def has_strong_marks(text: str) -> bool:
    """Return whether a text has such a sign that is more than another spelling of a minus or a prime."""
    return not text.isascii() and not (MARKS - WEAK_MARKS).isdisjoint(text)


def plain(run: str) -> str | None:
    """Return a run in ASCII: λ is lam, x̂ is x_hat; None where a character has no counterpart."""
    found = ""
    for char in unicodedata.normalize("NFD", run):
        if char.isascii():
            found += char
        elif char in GREEK:
            found += GREEK[char]
        elif char in ACCENTS:
            found += f"_{ACCENTS[char]}" if ACCENTS[char] else ""
        else:
            return None
    return found
