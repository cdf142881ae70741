"""``matcalc eig``: eigenvalues and eigenvectors of one matrix or of two, or factorisations of one."""

from __future__ import annotations

from ..errors import ArgumentError
from ..linalg.factors.factorisations import cholesky, polar, qr, svd
from ..linalg.factors.indefinite import ldl
from ..linalg.factors.ranks import null_space
from ..linalg.factors.triangularisation import schur
from ..linalg.input.matrices import read_matrix
from ..linalg.spectra.report import eig
from .reports import answered, show_report
from .streams import write_json

FACTORISATIONS = {
    "svd": svd,
    "polar": polar,
    "qr": qr,
    "cholesky": cholesky,
    "ldl": ldl,
    "schur": schur,
    "null": null_space,
}


def run(sources, factors, form):
    """Show the eigen decomposition of one or two matrices, or the factorisations asked for; return the exit code."""
    return answered(" ".join(sources), form, lambda: _show(sources, factors, form))


def _show(sources, factors, form):
    if len(sources) > 2:
        raise ArgumentError("at most two matrices: A@x = lambda*B@x", hint="write each matrix in quotes")
    if factors and len(sources) == 2:
        raise ArgumentError("--factor is for one matrix", hint="leave the second out")
    if sources == ("-", "-"):
        raise ArgumentError("only one matrix can come from the standard input", hint="write the other as a literal")
    matrices = [read_matrix(source) for source in sources]
    for answer in [FACTORISATIONS[name] for name in dict.fromkeys(factors)] or [eig]:
        report = answer(*matrices)
        if form == "json":
            write_json({"input": list(sources), **report.record()})
        else:
            show_report(report, form)
