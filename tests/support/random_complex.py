"""Random expressions in complex names: real functions, and arrays that are holomorphic or not."""

from __future__ import annotations

import random

COMPLEX = {"z": ["complex"], "a": ["complex"], "A": ["complex"], "H": ["hermitian"], "w": ["complex"]}
SHAPES = {"z": ("n",), "a": ("n",), "w": ("n",), "A": ("n", "n"), "H": ("n", "n"), "b": ("n",), "c": ()}


def column(rng: random.Random, depth: int) -> str:
    """Return a column in z."""
    if depth == 0:
        return rng.choice(["z", "z", "z", "a", "b", "w", "conj(z)"])
    inner = column(rng, depth - 1)
    return rng.choice([
        f"A@({inner})", f"H@({inner})", f"A.H@({inner})", f"({inner}) - b", f"({inner})*conj(z)", f"exp({inner}/4)",
        f"conj({inner})", f"sin({inner}/2)", f"c*({inner})", f"({inner}) + 1j*a", f"({inner})*abs(z)",
        f"({inner})/norm(z)", f"real({inner}) + z", f"({inner})**2", f"tanh({inner}/3)", f"z*({inner})",
        f"2j*({inner})", f"sign({inner})", f"inv(eye(n) + A@A.H)@({inner})", f"angle({inner}) + z", f"cumsum({inner})",
        f"conj(A)@({inner})/(1 + norm(z)**2)",
    ])


def number(rng: random.Random, depth: int) -> str:
    """Return a number in z, real or complex."""
    one = column(rng, depth)
    other = column(rng, rng.randrange(depth + 1))
    return rng.choice([
        f"({one}).H@({other})", f"({one}).T@({other})", f"sum({one})", f"norm({one})**2", f"sum(abs({one})**2)",
        f"z.H@A@({one})", f"norm({one})", f"({one}).H@H@({one})", f"sum(real({one}))", f"log(1 + norm({one})**2)",
        f"abs(a.H@({one}))**2", f"sum(imag({one}))*norm(z)", f"exp(-norm({one})**2/9)", f"(a.H@({one}))/(2 + z.H@z)",
        f"var({one})", f"logdet(eye(n) + ({one})@({one}).H)", f"tr(sqrtm(eye(n) + ({one})@({one}).H))",
        f"eigmax(H + ({one})@({one}).H)", f"norm({one}, 3)", f"det(eye(n) + ({one})@({other}).H)", f"prod({one})",
        f"({one}).H@H@({one})/(1 + ({one}).H@({one}))",
    ])


def real_number(rng: random.Random, depth: int) -> str:
    """Return a real function of z."""
    inner = number(rng, depth)
    return rng.choice([f"real({inner})", f"imag({inner})", f"abs({inner})**2", f"norm(z)**2*real({inner})",
                       f"log(1 + abs({inner})**2)", f"real({inner})**2 + norm(z)"])
