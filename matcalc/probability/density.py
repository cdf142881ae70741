"""Log-densities as texts of the language, for entropies, divergences and scores."""

from __future__ import annotations

from ..errors import NoRuleError
from ..language.syntax import parse_tree
from ..language.unparse import unparse
from .distributions import Distribution

_KNOWN = "N(mu, S), Exponential(lam), Poisson(lam) and Bernoulli(p)"


def log_density(distribution: Distribution, scalar: bool, name: str = "", constant: bool = False) -> str:
    """Return the logarithm of the density of one name, of ``name`` where that is given.

    Without what does not depend on parameters, except 2*pi if ``constant``; ``scalar``: whether it is of a number.
    Raises NoRuleError for a distribution without a log-density in the language.
    """
    return unparse(parse_tree(_log_density(distribution, scalar, name, constant)))


def _log_density(distribution: Distribution, scalar: bool, name: str, constant: bool) -> str:
    kind, variable = distribution.kind.name, name or distribution.names[0]
    if kind == "normal" and len(distribution.names) == 1:
        mean, covariance = unparse(distribution.mean[0]), unparse(distribution.covariance[0][0])
        scaled = f"2*pi*({covariance})" if constant else f"({covariance})"
        if scalar:
            return f"-log({scaled})/2 - ({variable} - ({mean}))**2/({covariance})/2"
        rest = f"({variable} - ({mean}))"
        return f"-logdet({scaled})/2 - {rest}.T@inv({covariance})@{rest}/2"
    parameters = [f"({unparse(tree)})" for tree in distribution.parameters]
    if kind == "exponential":
        return f"log({parameters[0]}) - {parameters[0]}*{variable}"
    if kind == "Poisson" and not constant:
        return f"{variable}*log({parameters[0]}) - {parameters[0]}"
    if kind == "Bernoulli":
        (p,) = parameters
        return f"{variable}*log({p}) + (1 - {variable})*log(1 - {p})"
    names = ", ".join(distribution.names)
    raise NoRuleError(
        f"the log-density of {names} is not known in the language, for the {distribution.kind.name} distribution",
        hint=f"it is for {_KNOWN}",
    )
