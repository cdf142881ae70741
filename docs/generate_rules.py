"""Writes docs/rules.md, the reference of the rule book, from rules/*.rules.

Run it in the checkout after a change of the rules: python -m docs.generate_rules
"""

import re
from itertools import groupby
from pathlib import Path

from matcalc.rulebook.files import standard_rules
from matcalc.rulebook.properties import shown_properties

ROOT = Path(__file__).resolve().parent.parent
TARGET = ROOT / "docs" / "rules.md"

# the words of the lines that compute the function in an array library
LIBRARIES = ("torch", "array", "numpy", "jax", "octave")

HEADING = """\
# The rule book

Everything that matcalc knows about functions, generated from the files in `rules/`: change those, then run
`python -m docs.generate_rules`.
[Rule files](rule-files.md) explains the format, and `matcalc rules NAME` prints one entry.

How to read an entry: the signature gives the shapes of the arguments and of the value (`n,m`: n rows, m columns).
*Holds where* is the domain. *Differential* says how the value changes when the argument changes by a little, `dX`,
which has the shape of `X`; conditions behind it are those of the differential alone. Linear functions have an
*adjoint* instead: `G` is the gradient of a scalar by the function's value, and the formula gives the gradient by the
argument.
"""


def cookbook_equations(texts):
    """Return the distinct numbers of the Matrix Cookbook's equations cited in texts, in order."""
    found = set()
    for text in texts:
        for group in re.findall(r"Matrix Cookbook((?:,? \(\d+\))+)", text):
            found |= {int(number) for number in re.findall(r"\d+", group)}
    return sorted(found)


def coverage(rules):
    """Return the sentence that says how much of the Matrix Cookbook the rules cite."""
    cited = cookbook_equations(rule.source for rule in rules)
    numbers = ", ".join(f"({number})" for number in cited)
    return f"{len(rules)} entries; {len(cited)} Matrix Cookbook equations cited: {numbers}."


def code(text):
    """Return text as inline code for a Markdown table, where a bar would end the cell."""
    return f"`{text}`".replace("|", "\\|")


def conditions(texts):
    """Return what follows a formula that holds only under conditions."""
    return f" where {', '.join(map(code, texts))}" if texts else ""


def rows(rule):
    """Yield (label, text) for the lines of an entry that concern a reader."""
    if rule.operator:
        yield "written", code(rule.operator)
    if rule.alias:
        yield "also written", ", ".join(map(code, rule.alias))
    if rule.means is not None:
        yield "means", code(_line(rule, "means"))
    if rule.where or rule.requires:
        yield "holds where", ", ".join(map(code, dict.fromkeys((*rule.where, *rule.requires))))
    if rule.states:
        yield "states", code(rule.states)
    for formula in () if rule.states else rule.differentials:
        yield "differential", code(f"d {rule.id} = {formula.text}") + conditions(formula.where)
    yield from (("everywhere", code(f"d {rule.id} = {f.text}")) for f in filter(None, [rule.everywhere]))
    if rule.commuting is not None:
        yield "where dX commutes", code(f"d {rule.id} = {rule.commuting.text}")
    if rule.commutative is not None:
        yield "where all commute", code(f"{rule.id} = {_line(rule, 'commutative')}")
    if rule.linear:
        yield "linear in", ", ".join(map(code, rule.linear))
    for parameter, formula in rule.adjoints.items():
        yield f"adjoint by {parameter}", code(formula.text)
    yield from ((word, code(rest) if rest else "in all arguments") for word, rest in shown_properties(rule))
    if rule.once:
        yield "no second derivative", rule.once
    yield from ((word, code(getattr(rule, word))) for word in LIBRARIES if getattr(rule, word))
    yield "source", rule.source


def _line(rule, word):
    """Return what an entry's line says after its first word."""
    return next(line.partition(" ")[2].strip() for line in rule.lines if line.split()[0] == word)


def entry(rule):
    """Return the Markdown of one entry."""
    table = ["| | |", "| --- | --- |", *[f"| {label} | {text} |" for label, text in rows(rule)]]
    signature = rule.header.split(" where ")[0].strip()
    return "\n".join([f"### `{' '.join(signature.split())}`", "", *table])


def page(rules):
    """Return the whole reference as Markdown."""
    parts = [HEADING, coverage(rules) + "\n"]
    for file, entries in groupby(rules, key=lambda rule: rule.file):
        title = file.removesuffix(".rules").replace("-", " ").capitalize()
        parts.append(f"## {title}\n\nFrom `rules/{file}`.\n")
        parts.extend(entry(rule) + "\n" for rule in entries)
    return "\n".join(parts)


def main():
    TARGET.write_text(page(standard_rules()), encoding="utf-8")
    print(f"{TARGET.relative_to(ROOT)}: {coverage(standard_rules())}")


if __name__ == "__main__":
    main()
