"""Many users of the page at once: python benchmarks/page_load.py [USERS] [SECONDS]

Starts ``matcalc serve``, lets each user ask one question after another with a second's thought between them, and prints
how many answers came, how many were lost, and how long they took. It sends to this machine alone, and ends by itself.
"""

from __future__ import annotations

import json
import random
import signal
import statistics
import subprocess
import sys
import threading
import time
import urllib.request

QUESTIONS = (
    {"expression": "x.T@A@x"},
    {"expression": "norm(X@w - y)**2", "wrt": "w"},
    {"expression": "logdet(X)"},
    {"expression": "softmax(W@x)", "wrt": "x"},
    {"expression": r"\|Ax - b\|^2"},
    {"expression": "logsumexp(A@x)", "order": 2},
    {"expression": "tr(A@X@B@X.T)"},
    {"expression": "norm(W2@tanh(W1@x) - y)**2", "wrt": "W1"},
    {"expression": "lgdet(X)"},
)
PARTS = ["reading", "derivative", "check"]


def ask(address: str, question: dict[str, object]) -> bool:
    """Ask once, and return whether the answer is there."""
    body = json.dumps({"question": question, "parts": PARTS}).encode()
    request = urllib.request.Request(f"{address}answer", body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=120) as response:
        answers = json.load(response)["answers"]
    return "reading" in answers and not any(a.get("error", {}).get("kind") == "limit" for a in answers.values())


def user(address: str, seed: int, end: float, times: list[float], lost: list[str]) -> None:
    """Ask until the end."""
    choose = random.Random(seed)
    while time.monotonic() < end:
        began = time.monotonic()
        try:
            if not ask(address, choose.choice(QUESTIONS)):
                lost.append("a limit")
        except OSError as error:
            lost.append(str(error))
        times.append(time.monotonic() - began)
        time.sleep(choose.uniform(0.5, 1.5))


def main(users: int = 50, seconds: int = 60) -> None:
    """Run the users and print what they saw."""
    command = [sys.executable, "-m", "matcalc", "serve"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        address = server.stdout.readline().strip()
        ask(address, QUESTIONS[0])
        times: list[float] = []
        lost: list[str] = []
        end = time.monotonic() + seconds
        threads = [threading.Thread(target=user, args=(address, seed, end, times, lost)) for seed in range(users)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        server.send_signal(signal.SIGINT)
    p95 = statistics.quantiles(times, n=20)[-1]
    print(f"{users} users, {seconds} s: {len(times)} answers, {len(lost)} lost {sorted(set(lost))}")
    print(f"median {statistics.median(times):.2f} s, p95 {p95:.2f} s, longest {max(times):.2f} s")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
