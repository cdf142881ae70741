"""The problems of the benchmark of generated code, each with the best program for it that we know how to write."""

from . import barriers, chains, covariances, factorisation, networks, quadratics, regression

PROBLEMS = (
    *quadratics.PROBLEMS,
    *regression.PROBLEMS,
    *factorisation.PROBLEMS,
    *networks.PROBLEMS,
    *covariances.PROBLEMS,
    *barriers.PROBLEMS,
    *chains.PROBLEMS,
)
BY_TITLE = {problem.title: problem for problem in PROBLEMS}
