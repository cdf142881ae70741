"""What several reports are written with."""

from math import exp, log


def geometric_mean(values):
    """Return the geometric mean of positive numbers."""
    logs = [log(value) for value in values]
    return exp(sum(logs) / len(logs))


def size_text(size):
    """Return a size as text: m=4000 n=100."""
    return " ".join(f"{letter}={value}" for letter, value in size.items())


def first_line(reason):
    """Return an exception as a line of a report."""
    return f"{type(reason).__name__}: {str(reason).partition(chr(10))[0]}"[:200]
