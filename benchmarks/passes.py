"""What each pass of the code generator brings: how much slower NumPy's code is without it."""

from .measuring import ALL, in_children
from .problems import PROBLEMS
from .reporting import geometric_mean


def measure(quick=False, only=""):
    """Yield (what, figure, goal) rows; ``quick`` and ``only`` are as for :func:`benchmarks.code.measure`."""
    from matcalc.compiler import PASSES

    slowdowns, failed = {name: {} for name in PASSES}, []
    for entry in in_children("passes", [p for p in PROBLEMS if only in p.title], quick):
        seconds = entry.get("seconds", {})
        for name in PASSES:
            if ALL in seconds and name in seconds:
                slowdowns[name][entry["title"]] = seconds[name] / seconds[ALL]
        failed += [(entry["title"], name, reason) for name, reason in entry.get("failed", {}).items()]
        if "error" in entry:
            failed.append((entry["title"], ALL, entry["error"]))
    for name, found in slowdowns.items():
        if found:
            most = max(found, key=found.get)
            mean = f"{geometric_mean(found.values()):.3g} times"
            yield f"without the pass {name}: geometric mean", mean, f"{found[most]:.3g} times on {most}"
        else:
            yield f"without the pass {name}", "not measured", ""
    for title, name, reason in failed:
        yield f"  {'with' if name == ALL else 'without'} {name}: {title}", "failed", reason
