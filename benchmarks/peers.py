"""The derivatives of a problem by automatic differentiation, with torch and with jitted JAX, each in all its ways.

Which way is the fastest depends on the problem and its size, so that all of them are tried and the fastest counts.
Arrays are made ready beforehand: tensors that require gradients where needed, arrays on JAX's device.
"""

from functools import partial
from types import SimpleNamespace

import torch

# -- torch ---------------------------------------------------------------------------------------------------------


def _as_columns(solve):
    """Return a solver for matrices that takes vectors as well."""

    def with_vectors(L, b):
        return solve(L, b[:, None])[:, 0] if b.ndim == 1 else solve(L, b)

    return with_vectors


TORCH = SimpleNamespace(
    abs=torch.abs,
    amax=torch.amax,
    block=lambda A, B, C, D: torch.cat((torch.cat((A, B), dim=1), torch.cat((C, D), dim=1))),
    cholesky=torch.linalg.cholesky,
    cholesky_solve=_as_columns(lambda L, B: torch.cholesky_solve(B, L)),
    diag=torch.diag,
    eigvalsh=torch.linalg.eigvalsh,
    exp=torch.exp,
    eye=lambda n, like: torch.eye(n, dtype=like.dtype),
    inv=torch.linalg.inv,
    log=torch.log,
    log1p=torch.log1p,
    logdet=lambda K: torch.linalg.slogdet(K)[1],
    logsumexp=torch.logsumexp,
    relu=torch.relu,
    sigmoid=torch.sigmoid,
    softplus=torch.nn.functional.softplus,
    solve=torch.linalg.solve,
    solve_lower=_as_columns(lambda L, B: torch.linalg.solve_triangular(L, B, upper=False)),
    softmax=torch.softmax,
    sqrt=torch.sqrt,
    tanh=torch.tanh,
)


def torch_arrays(arrays):
    """Return arrays as tensors, numbers as they are."""
    return {name: a if isinstance(a, float) else torch.from_numpy(a.copy()) for name, a in arrays.items()}


def torch_ways(problem, arrays):
    """Yield (label, run) for each way of having torch differentiate."""
    held = torch_arrays(arrays)
    functions = [partial(function, TORCH) for function in problem.functions]
    for function in (*functions, *problem.torch_functions):
        name = getattr(function, "func", function).__name__
        for label, run in _TORCH_WAYS[problem.kind](function, problem.wrt, held):
            yield f"{label} of {name}", run


def _torch_gradients(function, wrt, held):
    leaves = {name: torch.as_tensor(held[name], dtype=torch.float64).clone().requires_grad_() for name in wrt}
    given, wanted = {**held, **leaves}, tuple(leaves.values())

    def run():
        value = function(**given)
        return value.detach(), *torch.autograd.grad(value, wanted)

    yield "autograd.grad", run


def _torch_jacobians(function, wrt, held):
    of, x = _of_one(function, wrt, held)
    for way in (torch.func.jacrev, torch.func.jacfwd):
        yield way.__name__, partial(way(of), x)


def _torch_hessians(function, wrt, held):
    of, x = _of_one(function, wrt, held)
    func = torch.func
    yield "hessian", partial(func.hessian(of), x)
    # by several names both sweeps take a tuple of them, and return the blocks row by row
    yield "jacfwd(grad)", partial(func.jacfwd(func.grad(of)), x)
    yield "jacrev(grad)", partial(func.jacrev(func.grad(of)), x)
    yield "jacrev(jacrev)", partial(func.jacrev(func.jacrev(of)), x)
    if not isinstance(x, tuple):
        yield "autograd hessian", partial(torch.autograd.functional.hessian, of, x, vectorize=True)


_TORCH_WAYS = {"gradient": _torch_gradients, "Jacobian": _torch_jacobians, "Hessian": _torch_hessians}


def _of_one(function, wrt, held):
    """Return (the function of its one variable, the variable's value); of several variables, of their tuple."""
    if len(wrt) > 1:
        others = {name: value for name, value in held.items() if name not in wrt}
        xs = tuple(torch.as_tensor(held[name], dtype=torch.float64) for name in wrt)
        return lambda xs: function(**others, **dict(zip(wrt, xs))), xs
    (name,) = wrt
    rest = {other: value for other, value in held.items() if other != name}
    return lambda x: function(**rest, **{name: x}), held[name]


# -- JAX -----------------------------------------------------------------------------------------------------------


def jax_library():
    """Return the functions that a problem is written with, of JAX in 64 bit."""
    import jax
    import jax.numpy as jnp
    from jax.scipy import linalg

    jax.config.update("jax_enable_x64", True)
    return SimpleNamespace(
        abs=jnp.abs,
        amax=jnp.max,
        block=lambda A, B, C, D: jnp.block([[A, B], [C, D]]),
        cholesky=jnp.linalg.cholesky,
        cholesky_solve=lambda L, B: linalg.cho_solve((L, True), B),
        diag=jnp.diag,
        eigvalsh=jnp.linalg.eigvalsh,
        exp=jnp.exp,
        eye=lambda n, like: jnp.eye(n, dtype=like.dtype),
        inv=jnp.linalg.inv,
        log=jnp.log,
        log1p=jnp.log1p,
        logdet=lambda K: jnp.linalg.slogdet(K)[1],
        logsumexp=jax.nn.logsumexp,
        relu=jax.nn.relu,
        sigmoid=jax.nn.sigmoid,
        softplus=jax.nn.softplus,
        solve=jnp.linalg.solve,
        solve_lower=partial(linalg.solve_triangular, lower=True),
        softmax=jax.nn.softmax,
        sqrt=jnp.sqrt,
        tanh=jnp.tanh,
    )


def jax_arrays(arrays):
    """Return arrays and numbers as arrays on JAX's device."""
    import jax

    jax.config.update("jax_enable_x64", True)
    return {name: jax.device_put(a) for name, a in arrays.items()}


def jitted(function, *given):
    """Return a function without arguments that runs ``function`` on arrays, compiled, and waits for the result.

    The arrays are arguments of the compiled code, lest it is compiled with their values and has nothing left to do.
    """
    import jax

    compiled = jax.jit(function)
    return lambda: jax.block_until_ready(compiled(*given))


def jax_ways(problem, arrays):
    """Yield (label, run) for each way of having JAX differentiate."""
    import jax

    library = jax_library()
    held = jax_arrays(arrays)
    wanted = tuple(held[name] for name in problem.wrt)
    rest = {name: value for name, value in held.items() if name not in problem.wrt}
    for function in problem.functions:

        def of(wanted, rest, function=function):
            return function(library, **dict(zip(problem.wrt, wanted)), **rest)

        def of_one(x, rest, of=of):
            return of(x if isinstance(x, tuple) else (x,), rest)

        if problem.kind == "gradient":
            yield f"value_and_grad of {function.__name__}", jitted(jax.value_and_grad(of), wanted, rest)
            continue
        for label, way in _jax_derivatives(problem.kind).items():
            yield f"{label} of {function.__name__}", jitted(way(of_one), wanted if len(wanted) > 1 else wanted[0], rest)


def _jax_derivatives(kind):
    import jax

    if kind == "Jacobian":
        return {"jacrev": jax.jacrev, "jacfwd": jax.jacfwd}
    return {
        "hessian": jax.hessian,
        "jacfwd(grad)": lambda f: jax.jacfwd(jax.grad(f)),
        "jacrev(grad)": lambda f: jax.jacrev(jax.grad(f)),
        "jacrev(jacrev)": lambda f: jax.jacrev(jax.jacrev(f)),
    }
