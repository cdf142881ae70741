r"""Sums over an index in LaTeX: \sum_{i=1}^n, \prod_i, \mathbb{E}_i, and entries x_i, x_{ij}, x_{i+1} in them.

A sum reaches over the product that follows it, and over a further term where its index occurs there, too.
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from functools import cached_property
from typing import Any

from ...errors import Span
from ...language.generators import For, If, Over
from ...language.relations import FUNCTIONS
from ...language.syntax import Binary, Call, Name, Number, Tree
from ..open_products.entries import Entry, Place, loop_of
from .bound import with_letters
from .calls import CallParser
from .frames import IMPLICIT, OPEN_ENDED, SUM, LatexFrame
from .limits import LIMITS, UNEQUAL, USUAL_INDICES, LimitReader, Limits, SumIndex, letter, taken_below, with_condition
from .plain_sums import SIGNS, base_of, fixed_indices, free_indices, fresh_index, repeated_indices, subscript_of_word
from .tokens import LatexToken

SUMS = {command: word for word, command in SIGNS.items()}
_EXTREMES = {"\\max": "max", "\\min": "min"}
_OVER = SUMS | _EXTREMES
# beside an index there are its bounds
_BOUNDS = frozenset({"\\le", "\\leq", "<", "\\in"}) | UNEQUAL
_OF_SETS = frozenset({"[", "]", "\\in"})
_ADDED = frozenset("+-")


class SumParser(CallParser):
    """Reads sums; an entry x_i goes into the tree as a name that knows its places."""

    def is_sum(self, token: LatexToken) -> bool:
        """Return whether a token begins a sum over an index."""
        if token.text in SUMS:
            return True
        if token.text in _EXTREMES:
            below = self._below(self.index)
            names = taken_below(below, self.active()) if below and all(map(_is_of_limits, below)) else set()
            usual = {name for name in names if name in USUAL_INDICES and self._is_used(name)}
            bounded = any(token.text in _BOUNDS for token in below)
            return bool(usual) and (bounded or usual == names)
        lowered = self._lowered_letters()
        return token.text == "E" and token.style == "blackboard" and bool(lowered) and len(lowered) == 1

    def _is_used(self, name: str) -> bool:
        """Return whether an index stands in a subscript further on."""
        after = self.partner.get(self.index + 1, self.index + 1) + 1
        places = range(after, len(self.tokens))
        return any(self._is_index(self.tokens[place], place, {name}) for place in places)

    def _lowered_letters(self) -> list[str]:
        """Return the letters of a subscript that follows and has nothing else."""
        if self.peek() is None or self.peek().text != "_" or self.peek(1) is None:
            return []
        letters = [letter(token) for token in self._below(self.index) if token.text != ","]
        return letters if all(letters) else []

    def _below(self, place: int) -> list[LatexToken]:
        """Return the tokens of a subscript whose sign stands at a place, none where there is no such sign."""
        if place + 1 >= len(self.tokens) or self.tokens[place].text != "_":
            return []
        end = self.partner.get(place + 1, place + 1)
        return [token for token in self.tokens[place + 1 : end + 1] if token.kind not in ("group", "end group")]

    def sum(self, token: LatexToken) -> None:
        """Take a sum and begin its term."""
        scripts: dict[str, list[LatexToken]] = {"_": [], "^": []}
        while self.peek() is not None and self.peek().text in scripts:
            sign = self.peek()
            self.index += 1
            start, end, after = self.script(sign)
            scripts[sign.text] = self.tokens[start:end]
            self.index = after
        if not scripts["_"]:
            hint = rf"write {token.text}_{{i=1}}^n, or \operatorname{{sum}}(x) for the sum of all entries"
            self.fail(f"below {token.text} an index is missing", token.span, hint)
        span = Span(token.span.start, self.tokens[self.index - 1].span.end)
        below, conditions = with_condition(scripts["_"])
        limits = LimitReader(self.text, self.names, self.fixed | self.active(), span).read(below, scripts["^"])
        limits.conditions += [self.condition_below(left, sign, right, limits) for left, sign, right in conditions]
        function = SUMS.get(token.text) or _EXTREMES.get(token.text) or "mean"

        def done(inside: Tree, end: int) -> Tree:
            return self.summed(function, inside, limits, Span(span.start, end))

        self.open_frame(LatexFrame(kind=SUM, token=token, done=done, indices=tuple(limits.indices)))

    def summed(self, function: str, inside: Tree, limits: Limits, span: Span) -> Tree:
        """Return the tree of a sum whose term has been read."""
        loops: tuple[For, ...] = tuple(loop_of(index) for index in limits.indices)
        self.reading.indices += limits.indices
        conditions = [If(sign, Name(one), Name(two), span) for one, sign, two in limits.relations]
        if limits.members is not None:
            inside = self.chosen(inside, limits, limits.members)
        for condition in limits.conditions:
            if function != "sum":
                hint = r"write \sum, or the condition between indices"
                self.fail("a condition on values is read below a sum only", condition.span, hint)
            holds = Call(FUNCTIONS[condition.op], (condition.left, condition.right), (), condition.span)
            inside = Call("where", (holds, inside, Number(Fraction(0), inside.span)), (), inside.span)
        return Over(function, inside, loops, tuple(conditions), span)

    def condition_below(self, left: list[LatexToken], sign: str, right: list[LatexToken], limits: Limits) -> If:
        r"""Return a condition on values below a sum: y_i > 0 of \sum_{i: y_i > 0}."""
        sides = []
        for tokens in (left, right):
            parser: Any = type(self)(self.text, tokens, self.names, self.functions, self.reading)
            parser.frames[0].indices = (*self.active().values(), *limits.indices)
            sides.append(parser.parse())
        return If(sign, sides[0], sides[1], Span(left[0].span.start, right[-1].span.end))

    def chosen(self, inside: Tree, limits: Limits, members: LatexToken) -> Tree:
        r"""Return the term of a sum over (i, j) \in \Omega, in which \Omega is a matrix of ones and zeros."""
        shown = self.text[members.span.start : members.span.end]
        names = ", ".join(index.name for index in limits.indices)
        if len(limits.indices) == 1:
            self.reading.note(f"the set {shown} is read as all values of {names}")
            return inside
        base = self.names.find(members, (), members.span.end)
        matrix = f"the matrix {base} with 1 where ({names}) is in it and 0 elsewhere"
        self.reading.note(f"the set {shown} is read as {matrix}")
        mask = self.entry(base, members, [Place(index.name, 0, index) for index in limits.indices], members.span)
        return Binary("*", mask, inside, inside.span)

    # -- entries -----------------------------------------------------------------------------------------

    def active(self) -> dict[str, SumIndex]:
        """Return the indices of the sums that are open."""
        return {index.name: index for frame in self.frames for index in frame.indices}

    def places(self, token: LatexToken, lowered: list[LatexToken] | None) -> list[Place] | None:
        """Return the places of an entry such as x_{i+1,j}, None for a name without an index in its subscript."""
        active = self.free | self.repeated(token) | self.active()
        if active and lowered is None and token.kind == "word":
            lowered = subscript_of_word(token)
        written = [*token.index, *(lowered or ())]
        if not active or not any(letter(one) in active for one in written):
            return None
        self.tell_free(token, written)
        found: list[Place] = []
        sign = 0
        for one in written:
            name = letter(one)
            if one.text in _ADDED and found and not sign:
                sign = 1 if one.text == "+" else -1
            elif one.kind == "number" and one.text.isdigit() and sign:
                found[-1] = found[-1]._replace(offset=found[-1].offset + sign * int(one.text))
                sign = 0
            elif one.text == "," and not sign:
                continue
            elif name in active and not sign:
                found.append(Place(name, 0, active[name]))
            elif one.kind == "number" and one.text.isdigit() and not sign:
                found.append(Place("", int(one.text), None))
            else:
                if name in active:
                    hint = f"give the sum of {found[-1].name} and {name} an index of its own"
                    self.fail("a place is an index and a whole number", one.span, hint)
                self.fail(
                    f"'{one.text}' is no index of a sum around it", one.span, f"write \\sum_{{{one.text}}} around it"
                )
        if len(found) > 2:
            self.fail("an array has two indices at most", token.span, "write x_i or A_{ij}")
        return found

    @cached_property
    def free(self) -> dict[str, SumIndex]:
        """The letters of subscripts that no sum runs over, of arrays that have the index of a sum elsewhere."""
        known = {letter for name in self.names.known for letter in ("".join(name.rsplit("_", 1)[1:]), name)}
        found = free_indices(self.tokens) | fixed_indices(self.tokens)
        return {one: SumIndex(one, self.tokens[0].span) for one in found - known}

    @cached_property
    def fixed(self) -> dict[str, SumIndex]:
        r"""The letters of entries that do not run below a sum: k of z_k/\sum_{l \ne k} z_l."""
        return {one: self.free[one] for one in sorted(fixed_indices(self.tokens)) if one in self.free}

    @cached_property
    def outside(self) -> set[str]:
        """The letters below entries that stand outside of sums."""
        return set()

    @cached_property
    def _repeated(self) -> dict[str, dict[str, SumIndex]]:
        found = repeated_indices(self.tokens)
        return {base: {one: SumIndex(one, self.tokens[0].span) for one in letters} for base, letters in found.items()}

    def repeated(self, token: LatexToken) -> dict[str, SumIndex]:
        r"""Return the indices that stand below an array in a sum, and are others outside: k of z_k/\sum_k z_k."""
        found = self._repeated.get(base_of(token), {}) if self._repeated else {}
        return {one: index for one, index in found.items() if f"{base_of(token)}_{one}" not in self.names.known}

    def apart(self, tree: Tree) -> Tree:
        """Return the whole tree with other letters for the indices of sums that stand outside of them, too."""
        both = {index.name for index in self.reading.indices} & self.outside
        if not both:
            return tree
        used = {letter(token) for token in self.tokens}
        letters: dict[str, str] = {}
        for name in sorted(both):
            letters[name] = fresh_index(used | set(letters.values()))
        for index in self.reading.indices:
            index.name = letters.get(index.name, index.name)
        return with_letters(tree, letters)

    def tell_free(self, token: LatexToken, written: list[LatexToken]) -> None:
        """Say that x_k is an entry where no sum runs over k."""
        active = self.active()
        for name in dict.fromkeys(map(letter, written)):
            if name not in active and (name in self.free or name in self.repeated(token)):
                self.outside.add(name)
                shown = self.text[token.span.start : written[-1].span.end].replace("{", "")
                self.reading.note(f"{shown} is read as an entry, at an index {name} that counts from 0")

    def base(self, token: LatexToken, end: int) -> str:
        """Return the name of the array whose entry a token with a subscript is."""
        inner = subscript_of_word(token) if token.kind == "word" else None
        if inner and all(letter(one) in self.free | self.repeated(token) | self.active() for one in inner):
            token = replace(token, text=token.text.rpartition("_")[0])
        return self.names.find(replace(token, index=()), (), end)

    def entry(self, base: str, token: LatexToken, places: list[Place], span: Span) -> Entry:
        """Return the name that stands for an entry until it is known whether it is a vector."""
        letters = "".join(place.name or str(place.offset) for place in places)
        name = self.reading.entries.setdefault((base, len(places)), f"{base}_{letters}")
        return Entry(name, span, base, tuple(places), token.style == "bold")

    def counted(self, token: LatexToken) -> Tree | None:
        """Return an index that stands as a number, counted as the text does; None for another letter."""
        index = self.active().get(letter(token))
        if index is None or token.accent or token.style:
            return None
        name = Name(index.name, token.span)
        return Binary("+", name, Number(Fraction(index.shift), token.span), token.span) if index.shift else name

    # -- how far a sum reaches ---------------------------------------------------------------------------

    def finish_terms(self) -> None:
        """End the sums that do not reach over the sign of addition which has been read."""
        while True:
            self.finish_implicit()
            if self.frame.kind != SUM or self._goes_on(self.frame):
                return
            self.finish_sum()

    def end_sums_before(self, place: int) -> None:
        r"""End the sums over an index that the sum at a place has again: \sum_i x_i \sum_i y_i is a product of two."""
        if place >= len(self.tokens) or self.tokens[place].text not in _OVER:
            return
        names = taken_below(self._below(place + 1), self.active())
        while any(frame.kind == SUM and names & {index.name for index in frame.indices} for frame in self._open_end()):
            self.finish_sum() if self.frame.kind == SUM else self.finish_implicit()

    def _open_end(self) -> list[LatexFrame]:
        """Return the frames that end with the term which is being read, the innermost first."""
        found = []
        for frame in reversed(self.frames):
            if frame.kind not in OPEN_ENDED:
                break
            found.append(frame)
        return found

    def _goes_on(self, frame: LatexFrame) -> bool:
        """Return whether an index of a sum stands in the next term, where no other sum has it."""
        names = {index.name for index in frame.indices}
        depth, place = 0, self.index
        while place < len(self.tokens):
            token = self.tokens[place]
            depth += (token.kind in ("open", "group")) - (token.kind in ("close", "end group"))
            if depth < 0 or depth == 0 and token.text in _ADDED and place > self.index:
                return False
            if token.text in _OVER and any(letter(one) in names for one in self._below(place + 1)):
                return False
            if self._is_index(token, place, names) and not self._ends_with_function(place):
                shown = ", ".join(sorted(names))
                self.reading.note(f"the sum over {shown} reaches over the terms in which {shown} occurs")
                return True
            place += 1
        return False

    def _ends_with_function(self, place: int) -> bool:
        r"""Return whether an index at a place is another one, as in \log \sum_k e^{z_k} - z_k, whose logarithm ends."""
        if self.frames[-2].kind != IMPLICIT:
            return False
        before = next((at for at in range(place - 1, self.index, -1) if self.tokens[at].text == "_"), 0)
        base = self.tokens[before - 1] if before else self.tokens[place]
        within = [token for token in self.tokens[: self.index] if token.span.start > self.frame.token.span.start]
        return base_of(base) in repeated_indices([self.frame.token, *within])

    def _is_index(self, token: LatexToken, place: int, names: set[str]) -> bool:
        if letter(token) not in names:
            inner = subscript_of_word(token) or [] if token.kind == "word" else []
            return any(letter(one) in names for one in (*token.index, *inner))
        before = self.tokens[place - 1]
        return before.text in ("_", ",") or before.kind == "group" and self.tokens[place - 2].text == "_" or (
            is_letter(before) and place > 1
        )


def _is_of_limits(token: LatexToken) -> bool:
    r"""Return whether a token may stand below \\max_{i=1}: what is minimised over is written otherwise."""
    return bool(letter(token)) or token.kind == "number" or token.text in LIMITS or token.text in _OF_SETS


def is_letter(token: LatexToken) -> bool:
    """Return whether a token is a letter."""
    return bool(letter(token))
