"""Generated code for derivatives: which expressions a function computes, and under which names."""

from __future__ import annotations

from dataclasses import replace
from numbers import Integral
from typing import TYPE_CHECKING

from sympy.core.basic import Basic

from ..algebra.constants import selector, shape_of
from ..algebra.expressions import ONE, ZERO, is_array
from ..algebra.indexed import Loop, apart_from, index_symbol, indexed_sum
from ..algebra.products import matmul
from ..algebra.substitute import substitute
from ..algebra.traces import frobenius_product
from ..budget import limited
from ..calculus.adjoint import gradient
from ..calculus.differentiate import DIFFERENTIAL
from ..calculus.differentiate import derivative as natural_derivative
from ..calculus.everywhere import without_poles
from ..calculus.linearise import linearise
from ..calculus.shortening.shorten import simplify
from ..errors import ArgumentError, MatcalcError, NoRuleError, shown_value
from ..presentation import present
from ..printers.plain import plain_shape
from ..printers.quotients import mixed_quotient
from ..shapes.declared import stack_sizes
from ..shapes.elaborate import symbol_of, with_all_free
from ..words import LAYOUT_NAMES, shown_shape
from .function import GeneratedFunction
from .languages import source_of
from .loops import OneBelowAnother
from .passes import PASSES
from .program import Result, make_program
from .targets import target_named

if TYPE_CHECKING:
    from .targets import Target

PRODUCTS = {
    "hvp": "hessian_vector_product",
    "jvp": "jacobian_vector_product",
    "vjp": "vector_jacobian_product",
}
_LONGEST = 400


class Request:
    """What a generated function returns: of which derivatives the values, derivatives or products."""

    def __init__(self, derivatives, value=None, orders=None, product=None):
        if value is not None and not isinstance(value, bool):
            raise ArgumentError("value is neither True nor False", hint="leave it out")
        if product is not None and not isinstance(product, str):
            raise ArgumentError("product is no word", hint=f"one of {', '.join(PRODUCTS)}")
        self.whole = product == "hvp" and derivatives[0].order == 2 and len(derivatives) > 1
        if product is not None and len({d.wrt for d in derivatives}) > 1:
            derivatives = [d for d in derivatives if d.query.is_usual]
        self.derivatives, self.first = derivatives, derivatives[0]
        if product is not None and product not in PRODUCTS:
            raise ArgumentError(f"unknown product '{product}'", hint=f"one of {', '.join(PRODUCTS)}")
        self.product = product
        if product is not None and orders is not None:
            raise ArgumentError("orders and product exclude each other", hint="leave one of them out")
        self.orders = _orders(orders, value, product, self.first.order)
        if product == "hvp" and is_array(self.first.elaborated.expression):
            raise ArgumentError("a Hessian is of a scalar function", hint='product="jvp" is J @ v of an array')
        if product is not None and self.first.structure != "free":
            raise ArgumentError("products are of free entries", hint='leave structure out, or symmetrise the product')
        if product is not None and self.first.order > 2:
            raise ArgumentError(
                f"products are of orders 1 and 2, not {self.first.order}",
                hint="take order=2: its product along u is what order=3 differentiates",
            )
        self.directions, self.moved = [], {}
        self.made = []

    @property
    def name(self) -> str:
        """The name of the generated function."""
        words = {0: "value", 1: self._first_order_name(), 2: "hessian" if self._is_scalar else "second_derivative"}
        found = [words.get(order, f"derivative_{order}") for order in self.orders]
        found += [PRODUCTS[self.product]] if self.product else []
        return "_and_".join([*(["_".join(found[:-1])] if found[:-1] else []), found[-1]])

    @property
    def _is_scalar(self) -> bool:
        return not is_array(self.first.elaborated.expression)

    def _first_order_name(self) -> str:
        elaborated = self.first.elaborated
        names = {d.wrt for d in self.derivatives}
        by_array = any(is_array(elaborated.symbols[name]) for name in names)
        word = "derivative" if not by_array else "gradient" if self._is_scalar else "jacobian"
        return word + ("s" if len(names) > 1 else "")

    def results(self) -> list[Result]:
        """Return the list of the :class:`Result`s: by order, and within an order by variable."""
        found = []
        for order in self.orders:
            if order == 0:
                expression = self.first.elaborated.expression
                found.append(Result("value", expression, f"f = {self.first.text}"))
            else:
                of_order = [derivative.of_order(order) for derivative in self.derivatives]
                found += [self._derivative(d) for d in {derivative.by: derivative for derivative in of_order}.values()]
        if self.product:
            found += [self._product(derivative) for derivative in self.derivatives]
        return found

    def truths(self):
        """Return the surface trees that the results of the program are to have the values of: the source's first."""
        trees = [present(_flat(result.expression)) for result in self.made]
        return [self.first.elaborated.tree, *trees[1:]] if 0 in self.orders and self.orders[0] == 0 else trees

    def _derivative(self, derivative):
        if not hasattr(derivative, "everywhere"):
            raise NoRuleError(
                f"the derivative of order {derivative.order} has three or more indices",
                hint="write its own code: diff(…, order=2).code()",
            )
        value = derivative.everywhere.expression
        if derivative.query.every:
            return self._of_stack(derivative, value)
        rows, cols = shape_of(value)
        words = {1: "gradient" if self._is_scalar else "jacobian", 2: "hessian"}
        name = words.get(derivative.order, f"derivative_{derivative.order}")
        if len(self.derivatives) > 1:
            name = "_".join([name, *dict.fromkeys(derivative.by)])
        left = self._left_side(derivative)
        text = f" = {derivative}" if derivative.length <= _LONGEST else ""
        layout = LAYOUT_NAMES[derivative.layout]
        shape = "scalar" if (rows, cols) == (ONE, ONE) else f"{shown_shape((rows, cols))}, {layout}"
        return Result(name, value, f"{left}{text}  ({shape})", tuple(derivative.forms_for_code[1:]))

    def _of_stack(self, derivative, value):
        """Return the derivative by all matrices of a stack: a matrix for each, in an array of three axes."""
        count, *_ = stack_sizes(derivative.elaborated)[derivative.wrt]
        name = "gradient" if self._is_scalar else "jacobian"
        loop, shape = Loop(index_symbol(derivative.query.every), ZERO, count), shape_of(value)
        if len(self.derivatives) > 1:
            name = f"{name}_{derivative.wrt}"
        text = f"{self._left_side(derivative)}" + (f" = {derivative}" if derivative.length <= _LONGEST else "")
        text += f"  ({shown_shape((count, *shape))}, {LAYOUT_NAMES[derivative.layout]})"
        return Result(name, OneBelowAnother(value, loop), text, (), (count, *shape))

    @staticmethod
    def _left_side(derivative):
        query = derivative.query
        if query.every:
            return f"df/d{query.target}"
        if query.is_usual:
            return f"df/d{query.wrt}" if query.order == 1 else f"d2f/d{query.wrt}2"
        function = plain_shape(shape_of(query.elaborated.expression))
        return mixed_quotient("f", query.free, function, [derivative.shapes[n] for n in query.free], query.along)

    def _product(self, derivative):
        if derivative.query.every:
            message = f"products of derivatives by a stack of matrices such as {derivative.wrt} are not written"
            raise ArgumentError(message, hint="leave product out, or take it by another name")
        return self._product_by(derivative)

    def _product_by(self, derivative):
        """The product of a derivative with a direction, by differentiating along it: no matrix is formed.

        Of the whole Hessian by several names, a row of its blocks with the directions of all names.
        """
        elaborated, book = derivative.elaborated, derivative.book
        if derivative.of_order(1).everywhere is not derivative.of_order(1):
            book = book.for_everywhere()
        names = [d.wrt for d in self.derivatives] if self.whole else list(dict.fromkeys(derivative.by))
        expression, symbols = with_all_free(elaborated, names, book)
        free = symbols[derivative.wrt]
        if self.product == "hvp":
            # the gradient in free entries: where X is declared symmetric, it is only at X that inv(X).T is inv(X)
            source = natural_derivative(expression, free, 1, ("free", frozenset()), book, lambda e: simplify(e, book))
        else:
            source = expression
        moving = names if self.whole else [derivative.by[-1]]
        shapes = [shape_of(source) if self.product == "vjp" else shape_of(symbols[name]) for name in moving]
        directions = [self._direction(name, shape) for name, shape in zip(moving, shapes)]
        if self.product == "vjp":
            direction = directions[0]
            change = symbol_of(DIFFERENTIAL + derivative.wrt, shape_of(free), frozenset())
            product = gradient(frobenius_product(direction, linearise(source, {free: change}, book)), change, book)
        else:
            product = linearise(source, {symbols[n]: v for n, v in zip(moving, directions)}, book)
        product = without_poles(simplify(product, book), expression, book)
        product = substitute(product, {symbols[n]: elaborated.symbols[n] for n in names})
        what = {"hvp": "the Hessian", "jvp": "the Jacobian", "vjp": "the transposed Jacobian"}[self.product]
        like = "f" if self.product == "jvp" else derivative.wrt
        rows = f"the rows by {derivative.wrt} of " if self.whole else ""
        by = ", ".join(names) if self.whole else " and ".join(dict.fromkeys(derivative.by))
        times = ", ".join(direction.name for direction in directions)
        text = f"{rows}{what} by {by} times {times}, shaped like {like}"
        return Result("product", product, text)

    def _direction(self, variable, shape):
        """Return the symbol of a variable's direction, of a name that the expression does not have."""
        known = self.moved.get(variable)
        if known is not None and self.whole:
            return symbol_of(known, shape, frozenset())
        taken = {*self.first.elaborated.shapes, *(d[0] for d in self.directions)}
        wishes = ["v", "u", "direction"] if is_array(symbol_of("v", shape, frozenset())) else ["t", "direction"]
        if len(self.derivatives) > 1:
            wishes = [f"v_{variable}", f"direction_{variable}"]
        name = next((wish for wish in wishes if wish not in taken), f"direction_{len(taken)}")
        self.directions.append((name, shape, frozenset()))
        self.moved[variable] = name
        return symbol_of(name, shape, frozenset())

    def program(self, target, passes=None, sizes=None, name=None):
        """Return the :class:`~matcalc.compiler.program.Program` for a target."""
        elaborated = self.first.elaborated
        self.made = results = _apart(self.results())
        arguments = [(n, shape, elaborated.facts.get(n, frozenset())) for n, shape in elaborated.shapes.items()]
        title = self.name.replace("_", " ").capitalize() + f" of {self.first.text} by " + ", ".join(
            dict.fromkeys(name for d in self.derivatives for name in d.by)
        )
        known = {str(s) for _, shape, _ in arguments for d in shape for s in d.free_symbols}
        for size in sizes or {}:
            if size not in known:
                raise ArgumentError(f"no size '{size}'", hint=f"the sizes are {', '.join(sorted(known)) or 'numbers'}")
        if len(title) > _LONGEST:
            title = self.name.replace("_", " ").capitalize()
        return make_program(
            title, results, [*arguments, *self.directions], self.first.book, target_named(target),
            function_name(name, self.name, target_named(target)), passes, sizes, elaborated.needed,
            stacks=stack_sizes(elaborated),
        )


def _apart(results: list[Result]) -> list[Result]:
    """Return results of which no loop has the index that another one takes as an argument: that of df/dA[k]."""
    every = [result.expression for result in results]
    return [
        replace(r, expression=apart_from(r.expression, every), forms=tuple(apart_from(form, every) for form in r.forms))
        for r in results
    ]


def _flat(expression):
    """Return a result as an expression of the language: a sum of matrices in their places."""
    if not isinstance(expression, OneBelowAnother):
        return expression
    body, loop = expression.body, expression.loop
    rows, _ = shape_of(body)
    start = loop.index * rows
    return indexed_sum(matmul(selector(start, start + rows, expression.rows), body), loop)


def function_name(name: str | None, default: str, target: Target) -> str:
    """Return the name of a generated function; raises ArgumentError where it cannot be one."""
    if name is None:
        return default
    source = source_of(target)
    if not isinstance(name, str) or not name.isidentifier() or source.fitting(name) != name:
        message = f"{shown_value(name)} cannot be the name of a function"
        raise ArgumentError(message, hint="letters, digits and underscores")
    if name in source.reserved():
        raise ArgumentError(f"generated code calls something else '{name}'", hint="take another name")
    return name


def _orders(
    orders: int | tuple[int, ...] | None, value: bool | None, product: str | None, default: int
) -> tuple[int, ...]:
    if orders is None:
        if product is not None:
            return (0,) if value else ()
        return (0, default) if value or value is None else (default,)
    orders = (orders,) if isinstance(orders, Integral) else orders
    orders = tuple(orders) if isinstance(orders, (list, tuple, set, range)) else ()
    whole = all(isinstance(order, Integral) and not isinstance(order, bool) for order in orders)
    if not orders or not whole or len(set(orders)) < len(orders) or not set(orders) <= {0, 1, 2, default}:
        known = "0, 1 and 2" if default <= 2 else f"0, 1, 2 and {default}"
        raise ArgumentError(f"orders are some of {known}, each once", hint="write orders=(0, 1, 2)")
    if value is not None and value != (0 in orders):
        raise ArgumentError("orders and value contradict each other", hint="leave value out: order 0 is the value")
    return tuple(map(int, orders))


@limited("writing the code")
def generate_code(derivatives, target, value, orders, product, with_check, name, passes, sizes):
    """Return the source text of a function; the arguments are those of :meth:`matcalc.Derivative.code`."""
    if not isinstance(with_check, bool):
        raise ArgumentError("with_check is neither True nor False", hint="leave it out")
    request = Request(derivatives, value, orders, product)
    try:
        program = request.program(target, _passes(passes), known_sizes(sizes), name)
    except MatcalcError as error:
        raise error.at(derivatives[0].text)
    if not with_check:
        return program.source
    from .check import with_check as checked

    return checked(request, program)


@limited("writing the code")
def compile_function(derivatives, target, value, orders, product, passes, sizes):
    """Return the :class:`GeneratedFunction`; the arguments are those of :meth:`matcalc.Derivative.compile`."""
    runs_here(target)
    request = Request(derivatives, value, orders, product)
    try:
        return GeneratedFunction(request.program(target, _passes(passes), known_sizes(sizes)), request)
    except MatcalcError as error:
        raise error.at(derivatives[0].text)


def runs_here(target: str) -> None:
    """Raise ArgumentError for a target whose code is not Python's."""
    if target_named(target).language != "python":
        raise ArgumentError(
            f"code for {target} does not run in Python", hint=f'print it with code("{target}"), and run it there'
        )


def _passes(passes):
    if passes is None:
        return None
    if not isinstance(passes, (list, tuple, set, frozenset)):
        raise ArgumentError("passes are a list of names", hint=f'write passes=["{PASSES[0]}"]')
    unknown = [word for word in passes if word not in PASSES]
    if unknown:
        raise ArgumentError(f"unknown pass '{unknown[0]}'", hint=f"one of {', '.join(PASSES)}")
    return set(passes)


def known_sizes(sizes):
    """Return known sizes by name; raises ArgumentError where they are none."""
    if sizes is None:
        return None
    whole = isinstance(sizes, dict) and all(
        isinstance(v, Integral) and not isinstance(v, bool) and v > 0 for v in sizes.values()
    )
    if not whole:
        raise ArgumentError("sizes are positive integers by name", hint='write sizes={"n": 1000, "m": 20}')
    return {str(name.name if isinstance(name, Basic) else name): int(value) for name, value in sizes.items()}
