"""Named runs: the quick suite, the long one, and what needs programs that pip does not install.

``nox -s quick``; ``nox -l`` lists them. A session fails where its program is missing: a check that was asked for and
could not run is no success.
"""

from __future__ import annotations

import shutil

import nox

nox.options.sessions = ["quick", "lint"]
nox.options.reuse_existing_virtualenvs = True


def install(session: nox.Session) -> None:
    """Install matcalc with what its tests need, in the pinned versions."""
    session.install("-c", "constraints.txt", ".[test]")


def need(session: nox.Session, *programs: str) -> None:
    """End the session in failure where none of some programs is there."""
    if not any(shutil.which(program) for program in programs):
        session.error(f"{' or '.join(programs)} is not installed, and this session is about nothing else")


@nox.session
def quick(session: nox.Session) -> None:
    """The suite without what is marked long, as README.md has it."""
    install(session)
    session.run("python", "-m", "pytest", "-n", "2", *session.posargs)


@nox.session
def lint(session: nox.Session) -> None:
    """ruff and mypy, as in .ci/run."""
    install(session)
    session.run("ruff", "check")
    session.run("mypy")


# the lowest versions that the ranges of setup.cfg admit together: torch 2.6 asks for SymPy 1.13.1
LOWEST = ["torch==2.7.0", "numpy==2.0.0", "scipy==1.13.1", "sympy==1.14.0", "jax==0.5.0", "jaxlib==0.5.0",
          "pandas==2.2.2", "dask[array]==2024.8.0", "distributed==2024.8.0"]  # fmt: skip
CORNER = ["tests/whole/test_api.py", "tests/checks/test_derivative.py", "tests/compiler/test_code.py",
          "tests/compiler/test_code_arrays.py", "tests/evaluation", "tests/probability"]  # fmt: skip


@nox.session(python="3.11")
def lowest(session: nox.Session) -> None:
    """What touches the libraries, with the lowest versions of all of them; docs/versions.md has what was seen."""
    session.install(*LOWEST, ".[test]")
    session.run("python", "-m", "pytest", *(session.posargs or CORNER))


@nox.session(python=["3.12", "3.13", "3.14"])
def newest(session: nox.Session) -> None:
    """The same with the newest versions that pip finds, without the pins, on each newer Python that is there."""
    session.install("--upgrade", ".[test]")
    session.run("python", "-m", "pytest", *(session.posargs or CORNER))


@nox.session
def docs(session: nox.Session) -> None:
    """The documentation site, with what Sphinx warns of as errors; ``nox -s docs -- FOLDER``, else build/site."""
    install(session)
    session.install("-c", "constraints.txt", ".[docs]")
    session.run("python", "-m", "docs.build_site", *(session.posargs or ["build/site"]))


@nox.session
def long(session: nox.Session) -> None:
    """What is marked long: every entry of the corpus through JAX, and the like."""
    install(session)
    session.run("python", "-m", "pytest", "-n", "2", "-m", "long", *session.posargs)


@nox.session
def browser(session: nox.Session) -> None:
    """The page in a real browser: Chromium, driven by Playwright."""
    need(session, "chromium", "chromium-browser", "google-chrome")
    need(session, "npm")
    install(session)
    session.install("-c", "constraints.txt", ".[browser]")
    session.run("python", "-m", "pytest", "-m", "browser", *session.posargs)


@nox.session
def tensorflow(session: nox.Session) -> None:
    """Generated code in TensorFlow, its check, and its column of the table of kinks; it takes half a gigabyte."""
    install(session)
    session.install("-c", "constraints.txt", "tensorflow-cpu")
    session.run("python", "-m", "pytest", "-m", "tensorflow", *session.posargs, env={"TF_CPP_MIN_LOG_LEVEL": "3"})


@nox.session
def octave(session: nox.Session) -> None:
    """Formulas in MATLAB's notation mean in Octave what matcalc reads; generated code runs there."""
    need(session, "octave")
    install(session)
    session.run("python", "-m", "pytest", "-m", "octave", *session.posargs)
