r"""Brackets and arguments of LaTeX as frames on a stack, so that deep input never meets the recursion limit."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from ...errors import Span
from ..shared.stack import Frame, StackParser

# an open bracket; a group in braces; an argument of one token; an argument of a function without brackets
BRACKET, GROUP, SINGLE, IMPLICIT = "bracket", "group", "single", "implicit"
# the term of a sum over an index
SUM = "sum"
OPEN_ENDED = (IMPLICIT, SUM)


@dataclass(slots=True)
class LatexFrame(Frame):
    """A frame and what closes it.

    ``kind`` is one of the five above, or "" for the whole; ``token`` began it. ``done`` takes the tree of the frame,
    or the list of its arguments for a bracket with ``function``, and the end of its span; it returns the operand
    that this makes, or None where another argument has been opened. ``doubled``: the bars are two single ones;
    ``one_factor``: the argument without brackets is one factor with its scripts. ``indices`` are those of a sum.
    ``compares``: it is a group that may hold a comparison.
    """

    kind: str = ""
    token: object = None
    done: object = None
    function: object = None
    args: list = field(default_factory=list)
    keywords: list = field(default_factory=list)
    keyword: str = ""
    doubled: bool = False
    one_factor: bool = False
    indices: tuple = ()
    compares: bool = False


class FrameParser(StackParser):
    """Opens frames and closes them; ``operand_next`` says whether an operand must come next."""

    def __init__(self, text, tokens):
        super().__init__(text, tokens)
        self.frames = [LatexFrame()]
        self.operand_next = True
        self.partner = _partners(tokens)
        self.skips = {}

    def push(self, tree):
        """Take an operand; an argument of one token is complete with it."""
        self.frame.operands.append(tree)
        self.operand_next = False
        self._settle_single()

    def _deliver(self, frame, tree):
        """Give the tree of a frame that has ended to what waits for it."""
        end = tree.span.end
        result = frame.done(tree, end) if frame.done else tree
        if result is not None:
            self.frame.operands.append(result)
            self.operand_next = False

    def finish_implicit(self, only_begun=False):
        """End the arguments of functions without brackets; those that have an operand, where ``only_begun``."""
        while self.frame.kind == IMPLICIT and not (only_begun and self.frame.is_empty):
            frame = self.frames.pop()
            self._deliver(frame, frame.finish())
            self._settle_single()

    def finish_sum(self):
        """End a sum over an index."""
        frame = self.frames.pop()
        self._deliver(frame, frame.finish())
        self._settle_single()

    def finish_open(self):
        """End the arguments of functions without brackets, and the sums over an index."""
        while self.frame.kind in OPEN_ENDED:
            self.finish_sum() if self.frame.kind == SUM else self.finish_implicit()

    def _settle_single(self):
        while self.frame.kind == SINGLE and not self.operand_next:
            frame = self.frames.pop()
            self._deliver(frame, frame.finish())

    def enclosing(self):
        """Return the innermost frame that is not the argument of a function without brackets."""
        return next(frame for frame in reversed(self.frames) if frame.kind not in OPEN_ENDED)

    def open_frame(self, frame):
        """Begin a bracket or an argument."""
        self.open(frame, frame.token.span)
        self.operand_next = True

    def argument(self, owner, done):
        """Begin the next argument of a command: a group in braces, or one token."""
        token = self.peek()
        if token is None or token.kind in ("end group", "close"):
            self.fail(f"an argument of {owner.text} is missing", owner.span, "add it in braces")
        if token.kind == "group":
            self.index += 1
            self.open_frame(LatexFrame(kind=GROUP, token=token, done=done))
        else:
            self.open_frame(LatexFrame(kind=SINGLE, token=owner, done=done))

    def close_group(self, token):
        """Take '}'."""
        if self.operand_next:
            self.missing_operand(token.span)
        self.finish_open()
        frame = self.frame
        if frame.kind != GROUP:
            opening = frame.token
            shown = opening.text if opening is not None else "}"
            self.fail(f"'{shown}' is never closed", opening.span if opening else token.span, "close it before '}'")
        self.frames.pop()
        self.repeats = 0
        self._deliver(frame, replace(frame.finish(), span=Span(frame.token.span.start, token.span.end)))
        self._settle_single()

    def missing_operand(self, span):
        """Raise the error for an operand that is not there."""
        frame = self.frame
        if frame.operators:
            last = frame.operators[-1]
            shown = self.text[last.span.start : last.span.end]
            self.fail(f"an operand is missing after '{shown}'", last.span, "add one")
        if frame.kind == IMPLICIT:
            self.fail(f"the argument of {frame.token.text} is missing", frame.token.span, "add it")
        if frame.kind:
            shown = self.text[frame.token.span.start : frame.token.span.end]
            self.fail(f"an expression is missing after '{shown}'", frame.token.span, "write one")
        self.fail("an expression is missing here", span, "write one")

    def script(self, sign):
        """Return where the tokens of a script begin and end, without its braces, and the index after it."""
        start = self.index
        token = self.peek()
        if token is None or token.kind in ("end group", "close") or token.text in ("^", "_"):
            self.fail(f"nothing stands after '{sign.text}'", sign.span, "write the script in braces")
        if token.kind == "group":
            closing = self.partner.get(start)
            if closing is None:
                self.fail("'{' is never closed", token.span, "close it with '}'")
            return start + 1, closing, closing + 1
        if token.kind == "number" and len(token.text) > 1:
            hint = f"write {sign.text}{{{token.text[:20]}}}"
            self.fail("only one digit stands in a script without braces", token.span, hint)
        return start, start + 1, start + 1


def _partners(tokens):
    """Return {index of '{': index of its '}'}; they pair."""
    partner, stack = {}, []
    for index, token in enumerate(tokens):
        if token.kind == "group":
            stack.append(index)
        elif token.kind == "end group" and stack:
            partner[stack.pop()] = index
    return partner
