#!/usr/bin/env bash
# click 8.3.1 on CPython: a command that is interrupted (SIGINT) is aborted by click with exit code 1. Where the interrupt
# comes while code runs that eval was given as text, `python -m app` says "Aborted!" too, and then dies of the signal: a
# parent sees code -2 in place of 1, though SystemExit(1) was raised. `python app.py` gives 1 both ways. CPython notes an
# interrupt that leaves evaluated text, keeps the note where the interrupt is caught afterwards, and looks at it only
# where a module was run with -m. Another eval, of anything, takes the note away.
# Seen with Python 3.11.7 (the same without click in 3.8 to 3.13): -m 1, -m by eval -2, file by eval 1, -m and eval again 1.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet click==8.3.1
cat >"$folder/app.py" <<'PYTHON'
import signal

import click


def work():
    signal.raise_signal(signal.SIGINT)


@click.command()
@click.argument("way")
def app(way):
    if way == "plain":
        work()
    try:
        eval("work()")
    finally:
        if way == "again":
            eval("None")


app()
PYTHON
cd "$folder"
"$folder/venv/bin/python" - <<'PYTHON'
import signal
import subprocess
import sys

signal.signal(signal.SIGINT, signal.default_int_handler)
print("Python", sys.version.split()[0])
ways = {"-m": ["-m", "app", "plain"], "-m, eval": ["-m", "app", "eval"], "file, eval": ["app.py", "eval"],
        "-m, eval again": ["-m", "app", "again"]}
codes = {}
for way, args in ways.items():
    done = subprocess.run([sys.executable, *args], capture_output=True, text=True)
    assert done.stderr.strip() == "Aborted!", done.stderr
    codes[way] = done.returncode
print(codes)
assert list(codes.values()) == [1, -2, 1, 1], "Python or click has changed"
PYTHON
