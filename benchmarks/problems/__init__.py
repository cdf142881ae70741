"""The problems of the benchmark of generated code, each with the best program for it that we know how to write."""

from . import (
    afterwards,
    arranged,
    barriers,
    chains,
    covariances,
    curvatures,
    factorisation,
    fresh,
    likelihoods,
    losses,
    networks,
    pairs,
    quadratics,
    regression,
    subspaces,
    untuned,
)

# problems that were written after the generator, to see what it does with formulas that nobody tuned it for
FRESH = (
    *likelihoods.PROBLEMS,
    *subspaces.PROBLEMS,
    *losses.PROBLEMS,
    *fresh.PROBLEMS,
    *afterwards.PROBLEMS,
    *curvatures.PROBLEMS,
    *untuned.PROBLEMS,
)
PROBLEMS = (
    *quadratics.PROBLEMS,
    *regression.PROBLEMS,
    *factorisation.PROBLEMS,
    *networks.PROBLEMS,
    *covariances.PROBLEMS,
    *barriers.PROBLEMS,
    *chains.PROBLEMS,
    *arranged.PROBLEMS,
    *pairs.PROBLEMS,
    *FRESH,
)
BY_TITLE = {problem.title: problem for problem in PROBLEMS}
