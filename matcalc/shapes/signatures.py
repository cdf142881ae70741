"""Shapes of function calls: arguments are bound to the signatures of the rule book."""

from __future__ import annotations

import operator

from ..algebra.expressions import ONE, ZERO, dimension
from ..errors import ExpressionSyntaxError, ShapeError
from ..language.syntax import Binary, Name, Negate, Number, String, postorder
from ..rulebook.entries import unknown_function, wrong_arguments
from .sizes import Size, is_one
from .triangles import value_of

_SIZE_OPERATIONS = {"+": operator.add, "-": operator.sub, "*": operator.mul}


class Signatures:
    """The part of the inference that knows calls; all attributes are the inference's."""

    def _call(self, node):
        if not self.book.overloads(node.function) and node.function in (*self.declared, *self.names):
            raise unknown_function(node, self.book.function_names())
        rules = self.book.lookup(node)
        if any(
            isinstance(arg, String) or isinstance(arg, Name) and arg.id == "inf"
            for arg in node.args[: len(rules[0].params)]
        ):
            raise self._argument_error(node, rules[0])
        self._refuse_odd_places(node, rules[0])
        if len(rules) > 1 and {rule.result for rule in rules} != {("1", "1")}:
            return self._overloaded(node, rules)
        return self._signature(node, rules[-1])

    def _argument_error(self, node, rule):
        rules = self.book.overloads(node.function)
        if len(rules) > 1:
            return wrong_arguments(node, rules)
        return ExpressionSyntaxError(f"{node.function} takes an expression", span=node.span, hint=f"write {rule.id}")

    def _signature(self, node, rule):
        """Bind a call's arguments to a signature; return the shape of the value."""
        args = [self.node_shapes[id(arg)] for arg in node.args[: len(rule.params)]]
        if rule.elementwise:
            return self._entry_by_entry(node, rule, args)
        env = {name: self.sizes[name] for name in rule.free_sizes}
        for parameter, arg, shape in zip(rule.params, node.args, args):
            if parameter.kind == "size":
                env[parameter.name] = self._size_argument(arg, parameter, node)
            if parameter.is_whole:
                continue
            if parameter.kind == "scalar":
                self._is_scalar(node, arg, parameter, shape)
                continue
            if not rule.is_stack:  # a number may stand in a block
                self._mark_array(arg)
            self._bind_sizes(node, rule, parameter, arg, env)
        self._take_arguments(node, rule, env)
        self._relate_sizes(node, rule, env)
        return tuple(self._size_of(text, env) for text in rule.result)

    def _bind_sizes(self, node, rule, parameter, arg, env):
        """Equate the sizes of an argument with those of its parameter; products of them are for later."""
        for text, size in zip(parameter.sizes, self.node_shapes[id(arg)]):
            if "*" in text:
                continue
            expected = dimension(text) if text.isdigit() else env.setdefault(text, Size())
            self._unify(node, expected, size, lambda l, r: self._signature_error(node, arg, parameter, rule))

    def _relate_sizes(self, node, rule, env):
        """Equate what a signature says of products: rows r*k of X, and k = n*(n + 1)/2 of unvech(x, n)."""
        for parameter, arg in zip(rule.params, node.args):
            for text, size in zip(parameter.sizes, self.node_shapes[id(arg)]):
                if "*" in text:
                    slow, fast = (env.setdefault(name, Size()) for name in text.split("*"))
                    whole = self._product_of_sizes(slow, fast)
                    self._unify(node, whole, size, lambda l, r: self._sizes_error(node, r, l))
        if not rule.equates:
            return
        left, right = rule.equates.split(" = ")
        if "/" in right:
            whole = value_of(right, env)
            self._unify(node, whole, env[left], lambda l, r: self._count_error(node, whole, r))
        else:
            self._equal_products(node, *([env[name] for name in side.split("*")] for side in (left, right)))

    def _entry_by_entry(self, node, rule, args):
        """Return the shape to which all arguments but the scalars are broadcast."""
        result = None
        for parameter, arg, shape in zip(rule.params, node.args, args):
            if parameter.kind == "scalar":
                self._is_scalar(node, arg, parameter, shape)
            else:
                result = shape if result is None else self._broadcast(node, result, shape)
        return result

    def _is_scalar(self, node, arg, parameter, shape):
        for size in shape:
            self._unify(node, size, ONE, lambda l, r: self._scalar_error(node, arg, parameter))

    def _is_elementwise(self, call):
        """Return whether a function acts on every entry by itself."""
        overloads = self.book.overloads(call.function)
        return bool(overloads) and overloads[0].elementwise

    def _entry_arguments(self, call):
        """Return the arguments of a function entry by entry that have its shape, without those that are numbers."""
        rule = self.book.lookup(call)[0]
        return [arg for parameter, arg in zip(rule.params, call.args) if parameter.kind != "scalar"]

    def _take_arguments(self, node, rule, env):
        """Add the indices and bounds of a call to its sizes, counted from 0."""
        for parameter, arg in zip(rule.params, node.args):
            if parameter.kind in ("index", "bound") and not rule.has_step:
                env[parameter.name] = self._place(arg, parameter, env.setdefault(parameter.sizes[0], Size()))
        if rule.has_step:
            env["k"] = self._stepped(node, rule, env)
        elif rule.params and rule.params[-1].kind == "bound":
            size = env[rule.params[-1].sizes[0]]
            self._range(env.get("a", ZERO), env.get("b", size), node)

    def _size_of(self, text, env):
        if text.isdigit():
            return dimension(text)
        if text in env:
            return env[text]
        if "/" in text:
            return self._quotient_of_sizes(text, env)
        terms = [(text, 1) for text in text.split(" + ")]
        if len(terms) == 1 and " - " in text:
            first, last = text.split(" - ")
            terms = [(first, 1), (last, -1)]
        if len(terms) > 1:
            return self._sum_of_sizes([(self._size_of(part, env), sign) for part, sign in terms])
        return self._product_of_sizes(*(env[name] for name in text.split("*")))

    def _size_argument(self, arg, parameter, node):
        value = self._size_value(arg)
        if value is None:
            raise ShapeError(
                f"{node.function} needs a size, a whole number or a dimension's name",
                source=self.source,
                span=arg.span,
                hint="write eye(n) with n a dimension",
            )
        if parameter.kind == "size" and value.is_Integer and value < 1 or value.is_negative:
            raise ShapeError(
                f"the size {value} is not positive",
                source=self.source,
                span=arg.span,
                hint="write a size of at least 1",
            )
        return value

    def _size_value(self, arg):
        """Return the SymPy size that a tree of whole numbers and dimension names stands for, else None."""
        values = {}
        for part in postorder(arg):
            values[id(part)] = self._size_of_part(part, values)
        return values[id(arg)]

    def _size_of_part(self, part, values):
        if isinstance(part, Number):
            return dimension(int(part.value)) if part.value.denominator == 1 else None
        if isinstance(part, Name):
            return self.sizes.get(part.id)
        if isinstance(part, Negate):
            value = values[id(part.operand)]
            return None if value is None else -value
        if isinstance(part, Binary) and part.op in _SIZE_OPERATIONS:
            left, right = values[id(part.left)], values[id(part.right)]
            return None if left is None or right is None else _SIZE_OPERATIONS[part.op](left, right)
        return None

    def _overloaded(self, node, rules):
        """diag(v) and diag(X), x[i] and X[i]: decided when it is known whether the argument is a column or a row."""
        shape = self.node_shapes[id(node.args[0])]
        self._mark_array(node.args[0])
        result = (Size(), Size())
        self._defer(("overload", node, rules, shape, result), shape)
        return result

    def _attempt_overload(self, node, rules, shape, result, final):
        """Choose the first of the rules whose first argument is a column, a row or a matrix as the call's is."""
        rows, cols = (is_one(size) for size in shape)
        known = {"column": cols, "row": rows}
        chosen = None
        for rule in rules:
            kind = _kind_of_first(rule)
            if known.get(kind, True):
                chosen = rule
                break
            if known[kind] is None and not final:
                return False
        for one, other in zip(self._signature(node, chosen or rules[-1]), result):
            self._unify(node, one, other, lambda l, r: self._sizes_error(node, l, r))
        return True


def _kind_of_first(rule):
    """Return what the first parameter of a rule must be: a column, a row or any matrix."""
    rows, cols = rule.params[0].sizes
    return "column" if cols == "1" else "row" if rows == "1" else "matrix"
