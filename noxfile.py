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
def octave(session: nox.Session) -> None:
    """Formulas in MATLAB's notation mean in Octave what matcalc reads."""
    need(session, "octave")
    install(session)
    session.run("python", "-m", "pytest", "-m", "octave", *session.posargs)
