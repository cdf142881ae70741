"""Generated code beside the best that we can write by hand, and beside automatic differentiation."""

from dataclasses import dataclass, replace

from .contenders import GENERATED, HAND, JAX, NEED_JAX, TORCH, has_jax
from .measuring import in_children
from .problems import BY_TITLE, PROBLEMS
from .reporting import geometric_mean, size_text

NUMPY = GENERATED["numpy"]
COLUMNS = (*GENERATED.values(), TORCH, JAX)
HEADINGS = dict(zip(COLUMNS, ("NumPy", "torch", "JAX", "torch auto", "JAX auto")))
ANY, SECOND, FIRST = ("gradient", "Jacobian", "Hessian"), ("Hessian",), ("gradient", "Jacobian")
MISSED = "*"


@dataclass(frozen=True)
class Goal:
    """What the quotient of two groups' times should be, on problems of some kinds at their largest size.

    ``each`` is the limit for every problem, ``mean`` for the geometric mean; None where nothing was promised.
    ``column`` is where a problem that misses its limit is marked in the table.
    """

    what: str
    group: str
    against: str
    kinds: tuple
    each: float | None = None
    mean: float | None = None
    column: str = ""

    def quotients(self, last):
        """Return the quotient for the problems of these kinds by title; None where it could not be measured."""
        found = {}
        for title, entry in last.items():
            if BY_TITLE[title].kind in self.kinds:
                seconds = entry.get("seconds", {})
                known = self.group in seconds and self.against in seconds
                found[title] = seconds[self.group] / seconds[self.against] if known else None
        return found

    def missed_by(self, quotient):
        """Return whether a problem's quotient is not what it should be; one without a quotient is not."""
        return self.each is not None and (quotient is None or quotient > self.each)

    def rows(self, last):
        """Yield (what, figure, goal) rows about the entries of largest sizes by title."""
        quotients = self.quotients(last)
        known = {title: quotient for title, quotient in quotients.items() if quotient is not None}
        if not quotients:
            return
        if not known:
            yield self.what, "not measured", ""
            return
        worst = max(known, key=known.get)
        yield f"{self.what}: most", f"{known[worst]:.3g}", f"{limit(self.each, ' each')}{note(known[worst], self.each)}"
        mean = geometric_mean(known.values())
        yield f"{self.what}: geometric mean", f"{mean:.3g}", f"{limit(self.mean)}{note(mean, self.mean)}"
        for title, quotient in quotients.items():
            if self.missed_by(quotient):
                yield f"  missed: {title}", "-" if quotient is None else f"{quotient:.3g}", limit(self.each)


GOALS = (
    Goal("NumPy / hand-written", NUMPY, HAND, ANY, 1.2, 1.1, NUMPY),
    Goal("NumPy / torch autodiff", NUMPY, TORCH, ANY, 1, None, TORCH),
    Goal("NumPy / JAX autodiff, Hessians", NUMPY, JAX, SECOND, 0.6, 1 / 15, JAX),
    Goal("NumPy / JAX autodiff, first derivatives", NUMPY, JAX, FIRST, 1.2, 0.8, JAX),
    Goal("generated torch / torch autodiff, Hessians", GENERATED["torch"], TORCH, SECOND),
    Goal("generated torch / torch autodiff, first derivatives", GENERATED["torch"], TORCH, FIRST),
    Goal("generated JAX / JAX autodiff, Hessians", GENERATED["jax"], JAX, SECOND),
    Goal("generated JAX / JAX autodiff, first derivatives", GENERATED["jax"], JAX, FIRST),
)


def limit(value, each=""):
    """Return a limit as text: at most 1.2 each."""
    return "" if value is None else f"at most {value:.3g}{each}"


def note(found, value):
    """Return what is said of a figure above its limit."""
    return "" if value is None or found <= value else ", missed"


def table(entries):
    """Yield the lines of the table as the measurements come in: times as multiples of the hand-written one."""
    widths = [f"{HEADINGS[name]:>11}" for name in COLUMNS]
    yield f"{'problem':31} {'size':22} {'by hand, ms':>11}{''.join(widths)}"
    for entry in entries:
        yield from lines(entry)
    yield f"multiples of the hand-written time; {MISSED} misses a goal at the largest size"


def lines(entry):
    """Yield the line of a problem and size, and a line for each contender that could not be timed."""
    seconds, title = entry.get("seconds", {}), entry["title"]
    if "error" in entry:
        yield f"{title:31} {entry['error']}"
        return
    hand = seconds[HAND]
    cells = [cell(name, seconds, hand, marks(entry)) for name in COLUMNS]
    yield f"{title:31} {entry['size']:22} {1000 * hand:11.3f}{''.join(cells)}"
    for way, error in entry["wrong"].items():
        yield f"    wrong, not timed: {way}: relative error {error:.1e}"
    for way, reason in entry["failed"].items():
        yield f"    failed: {way}: {reason}"


def cell(name, seconds, hand, marked):
    """Return a cell of the table."""
    if name not in seconds:
        return f"{'no JAX' if name in NEED_JAX and not has_jax() else '-':>10} "
    return f"{seconds[name] / hand:>10.3g}{MISSED if name in marked else ' '}"


def marks(entry):
    """Return the columns that are marked in the line of a largest size."""
    if not is_largest(entry):
        return set()
    last = {entry["title"]: entry}
    found = set()
    for goal in GOALS:
        quotients = goal.quotients(last).values()
        if goal.column and any(q is not None and goal.missed_by(q) for q in quotients):
            found.add(goal.column)
    return found


def summary(entries, goals=GOALS):
    """Yield (what, figure, goal) rows about the last entry of every problem."""
    last = {entry["title"]: entry for entry in entries}
    for goal in goals:
        yield from goal.rows(last)
    threads = [(ratio, group) for entry in entries for group, ratio in entry.get("threads", {}).items()]
    if threads:
        ratio, group = max(threads)
        yield "processor time / elapsed time: most", f"{ratio:.2f}", f"about 1, which is one thread; {group}"


def is_largest(entry):
    """Return whether an entry is about the largest size of its problem."""
    return entry.get("size") == size_text(BY_TITLE[entry["title"]].sizes[-1])


def measure(quick=False, only=""):
    """Yield the lines of the table, then (what, figure, goal) rows.

    ``quick``: only the smallest size, in a few rounds, where calls cost more than arithmetic and no goal is set;
    ``only``: only problems that have this in their title.
    """
    entries = []

    def found():
        for entry in in_children("code", [p for p in PROBLEMS if only in p.title], quick):
            entries.append(entry)
            yield entry

    yield from table(found())
    yield from summary(entries, [replace(goal, each=None, mean=None) for goal in GOALS] if quick else GOALS)
