"""Loops as statements: what is added up in them becomes a sum over an index, few known rounds are written out."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from ...errors import Span
from ...language.syntax import Name
from .carried import added_to, addition, assigned_in, carried_by
from .clauses import opposite, targets
from .nodes import Append, Assign, Choice, Loop, Skip
from .operations import ENTRYWISE, NUMBER, Op
from .sums import Condition
from .values import Lost, Pass, Run

_SIGNS = {"sum": "+", "prod": "*", "max": "maximum", "min": "minimum"}
_NEUTRAL = {"sum": 0, "prod": 1}
_WHERE = "write np.where(condition, a, b)"


@dataclass
class Added:
    """What loops add to names: ``names`` has for each the number of loops and conditions around that are not its own.

    ``around``: the indices and conditions of what is being read; ``found``: {name: [(around, function, value)]}.
    """

    names: dict[str, int] = field(default_factory=dict)
    around: list[tuple[tuple, tuple]] = field(default_factory=list)
    found: dict[str, list[tuple]] = field(default_factory=dict)
    ordered: bool = True


class Rounds:
    """The part of the expansion that knows loops as statements; all attributes are the expansion's."""

    # -- one round after another ----------------------------------------------------------------------------

    def block(self: Any, body: tuple, scope: dict) -> bool:
        """Do statements one after another; return whether the round ends with ``continue``."""
        for part in body:
            if isinstance(part, Skip):
                return True
            if isinstance(part, Choice):
                holds = self.decided(self.conditions_in(part.conditions, scope))
                if self.block(part.body if holds else part.otherwise, scope):
                    return True
            elif isinstance(part, Loop):
                self.loop(part, scope)
            elif isinstance(part, Append):
                self.append(part, scope)
            else:
                self.assign(part, scope)
        return False

    def append(self: Any, part: Append, scope: dict) -> None:
        """Do name.append(value)."""
        known: Any = scope.get(part.name)
        if not isinstance(known, list):
            self.fail("this line changes nothing", part.span, f"write {part.name} = [] before, for a list")
        scope[part.name] = [*known, self.evaluate(part.value, scope)]

    def loop(self: Any, node: Loop, scope: dict) -> Any:
        """Do a loop; return the value of the one name that it adds to, None where there is none or are several."""
        values = self.values_of(node.clause, _trees(node.body), scope)
        if not isinstance(values, list):
            stuck = self.stuck(node, scope, set())
            if not stuck:
                return self.added_up(node, values, scope)
            values = self.known_rounds(node, values, stuck)
        self.refuse_rounds(len(values), node.clause.span)
        for value in values:
            self.bind(node.clause.target, value, scope)
            self.block(node.body, scope)
        names = carried_by(node.body, {name.id for name in targets(node.clause.target)})
        return scope.get(names.pop()) if len(names) == 1 else None

    def known_rounds(self: Any, node: Loop, values: Run, stuck: list[str]) -> list:
        """Return the rounds of a loop that carries names. Raises ExpressionSyntaxError where they are not known."""
        if values.values is not None:
            return list(values.values)
        names = " and ".join(stuck)
        message = f"each round of this loop needs {names} from the one before, and how many there are is not known"
        hint = f"write a number, as in range(3): the rounds are written out; or only add to {stuck[0]}: {stuck[0]} += …"
        return self.fail(message, node.clause.span, hint)

    def stuck(self: Any, node: Loop, scope: dict, outer: set[str]) -> list[str]:
        """Return the names that a loop carries from round to round and does not only add to."""
        own = {name.id for name in targets(node.clause.target)}
        found = []
        for name in sorted(carried_by(node.body, own) - outer):
            how = added_to(name, node.body)
            fresh = isinstance(scope.get(name), list) and not scope[name]
            if how is None or how == "list" and not fresh:
                found.append(name)
        return found

    # -- over an index ----------------------------------------------------------------------------------------

    def added_up(self: Any, node: Loop, values: Run, scope: dict, outer: Added | None = None) -> Any:
        """Do a loop whose rounds only add to names; return as :meth:`loop` does."""
        names = [name.id for name in targets(node.clause.target)]
        added = outer or Added()
        carried = sorted(carried_by(node.body, set(names)) - set(added.names))
        own = Added({**added.names, **dict.fromkeys(carried, len(added.around))}, added.around, added.found)
        passed = values.make(names)
        own.ordered = added.ordered and passed.ordered
        inner = dict(scope)
        self.bind(node.clause.target, passed.element, inner)
        own.around.append((passed.loops, passed.conditions))
        self.symbolic(node.body, inner, own)
        own.around.pop()
        for name in assigned_in(node.body) - set(own.names) | set(names):
            scope[name] = Lost(
                f"what {name} is behind the loop depends on its last round", "give it a value behind the loop"
            )
        value = None
        for name in carried:
            if name in own.found:
                value = scope[name] = self.totalled(name, own.found.pop(name), scope, node.span)
                self.keep(name, value)
        return value if len(carried) == 1 else None

    def symbolic(self: Any, body: tuple, scope: dict, added: Added) -> None:
        """Do the statements of a loop for all of its rounds at once."""
        for place, part in enumerate(body):
            if isinstance(part, Skip):
                return
            if isinstance(part, Choice):
                if self.chosen(part, body[place + 1 :], scope, added):
                    return
            elif isinstance(part, Loop):
                self.inner_loop(part, scope, added)
            elif isinstance(part, Append) and part.name in added.names:
                self.add(part.name, "list", self.evaluate(part.value, scope), added)
            elif isinstance(part, Append):
                self.append(part, scope)
            elif not part.several and part.names[0].id in added.names:
                self.add_statement(part, scope, added)
            else:
                self.assign(part, scope)

    def inner_loop(self: Any, node: Loop, scope: dict, added: Added) -> None:
        """Do a loop within another one."""
        values = self.values_of(node.clause, _trees(node.body), scope)
        if not isinstance(values, list):
            stuck = self.stuck(node, scope, set(added.names))
            if not stuck:
                self.added_up(node, values, scope, added)
                return
            values = self.known_rounds(node, values, stuck)
        self.refuse_rounds(len(values), node.clause.span)
        for value in values:
            self.bind(node.clause.target, value, scope)
            self.symbolic(node.body, scope, added)

    def chosen(self: Any, part: Choice, rest: tuple, scope: dict, added: Added) -> bool:
        """Do what a condition decides about; return whether the rest of the round was done with it."""
        conditions = self.conditions_in(part.conditions, scope)
        known = [self.known_truth(one) for one in conditions]
        if False in known or None not in known:
            body = part.otherwise if False in known else part.body
            self.symbolic((*body, *rest), scope, added)
            return True
        if part.otherwise and _skips(part.otherwise) and not _skips(part.body):
            self.under(self.against(part, conditions), part.otherwise, scope, added)
            added.around.append(((), conditions))
            self.symbolic((*part.body, *rest), scope, added)
            added.around.pop()
            return True
        skips = _skips(part.body)
        self.under(conditions, part.body, scope, added)
        if not part.otherwise and not skips:
            return False
        against = self.against(part, conditions)
        if skips:
            added.around.append(((), against))
            self.symbolic((*part.otherwise, *rest), scope, added)
            added.around.pop()
            return True
        self.under(against, part.otherwise, scope, added)
        return False

    def against(self: Any, part: Choice, conditions: tuple) -> tuple:
        """Return the condition that holds where a choice takes its other branch."""
        if len(conditions) != 1:
            message = "'continue' below several conditions is not read"
            self.fail(message, part.span, "write an if with 'continue' for each of them")
        (condition,) = conditions
        return (Condition(opposite(part.conditions[0]).op, condition.left, condition.right, condition.span),)

    def under(self: Any, conditions: tuple, body: tuple, scope: dict, added: Added) -> None:
        """Do statements under conditions; what they set is known there only."""
        own = dict(scope)
        added.around.append(((), conditions))
        self.symbolic(body, own, added)
        added.around.pop()
        for name in assigned_in(body) - set(added.names):
            scope[name] = Lost(f"what {name} is depends on a condition", _WHERE)
        if any(isinstance(inner, Skip) for part in body for inner in _below(part)):
            self.fail("'continue' below a second condition is not read", body[0].span, "join the conditions by and")

    # -- what is added -----------------------------------------------------------------------------------------

    def add_statement(self: Any, part: Assign, scope: dict, added: Added) -> None:
        """Add what name = name + value adds."""
        name = part.names[0].id
        found = addition(name, part)
        if found is None:
            return
        total: Op | None = None
        for sign, tree in found.parts:
            value = self.array(self.evaluate(tree, scope), tree.span)
            span = self.span or tree.span
            if total is None and sign == "-":
                total = self.negated(value, span)
            elif total is None and sign == "/":
                total = self.op(ENTRYWISE, (self.number(1, span), value), ("/",), span)
            else:
                total = value if total is None else self.op(ENTRYWISE, (total, value), (sign,), span)
        self.add(name, found.function, total, added)

    def add(self: Any, name: str, function: str, value: Any, added: Added) -> None:
        around = added.around[added.names[name] :]
        loops = tuple(loop for loops, _ in around for loop in loops)
        conditions = tuple(one for _, some in around for one in some)
        added.found.setdefault(name, []).append((loops, conditions, function, value, added.ordered))

    def totalled(self: Any, name: str, found: list, scope: dict, span: Span) -> Any:
        """Return what a name is after a loop that added to it."""
        before = scope[name] if name in scope else self.variable(Name(name, span))
        function = found[0][2]
        if function == "list":
            if len(found) > 1:
                self.fail(f"several lines of the loop add to the list {name}", span, "give each a list of its own")
            loops, conditions, _, value, ordered = found[0]
            return self.run_again(Pass(value, loops, conditions, ordered and len(loops) == 1))
        total = None
        for loops, conditions, value in self.merged(found, function):
            one = self.over(function, Pass(value, loops, conditions), False, span)
            total = one if total is None else self.op(ENTRYWISE, (total, one), (_SIGNS[function],), span)
        infinite = isinstance(before, float)
        neutral = isinstance(before, Op) and before.kind is NUMBER and before.fixed[0] == _NEUTRAL.get(function)
        if neutral or infinite and before == {"max": -1, "min": 1}.get(function, 0) * float("inf"):
            return total
        before = self.array(before, span)
        return self.op(ENTRYWISE, (before, total), (_SIGNS[function],), span)

    def merged(self: Any, found: list, function: str) -> list[tuple]:
        """Return (loops, conditions, value), what is added under the same indices and conditions as one."""
        groups: dict[tuple, list] = {}
        for loops, conditions, _, value, _ in found:
            chosen = tuple((id(one.left), one.op, id(one.right)) for one in conditions)
            key = tuple(id(loop.letter) for loop in loops), chosen
            groups.setdefault(key, [loops, conditions, []])[2].append(value)
        made = []
        for loops, conditions, values in groups.values():
            total = values[0]
            for value in values[1:]:
                total = self.op(ENTRYWISE, (total, value), (_SIGNS[function],), value.span)
            made.append((loops, conditions, total))
        return made

    def refuse_lost(self: Any, value: Lost, span: Span) -> Any:
        """Raise where a name is read that has no value which is known."""
        return self.fail(value.reason, span, value.hint)


def _skips(body: tuple) -> bool:
    """Return whether statements end the round."""
    return any(isinstance(part, Skip) for part in body)


def _below(part: Any) -> tuple:
    """Return the statements that end a round below a condition within a condition."""
    return (*part.body, *part.otherwise) if isinstance(part, Choice) else ()


def _trees(body: tuple) -> list:
    """Return the expressions in statements."""
    found: list = []
    for part in body:
        if isinstance(part, (Assign, Append)):
            found.append(part.value)
        elif isinstance(part, Choice):
            found += [side for one in part.conditions for side in (one.left, one.right)]
            found += _trees((*part.body, *part.otherwise))
        elif isinstance(part, Loop):
            found += [part.clause, *_trees(part.body)]
    return found

