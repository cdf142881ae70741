"""What bounds the work of matcalc: every number with its reason, in one place.

The budget of a question (:mod:`matcalc.budget`) bounds all of it; the bounds here keep single pieces of work from
using it up where another way, or no answer, is better.
"""

# -- the budget of one question ------------------------------------------------------------------------

# ten seconds and more on the machine that the project is tested on; families of 10,000 nodes need a third of it
DEFAULT_WORK = 2_500_000
# for what units do not count well; a slow machine must have the time for the units of work
DEFAULT_SECONDS = 20.0
# what a laptop has left beside a browser
DEFAULT_MEMORY = 3_000_000_000

# -- what is shown -----------------------------------------------------------------------------------

# operators and leaves: a page; it is evaluated all the same
MAX_SHOWN_HESSIAN = 2_000

# -- points at which checks compare ------------------------------------------------------------------

# no wrong answer passes a hundred of them by chance
MAX_POINTS = 10_000
# sizes that differ: beyond that many names of sizes they recur, or the last would be as large as there are names
MOST_DIFFERENT_SIZES = 12
# every so many sizes are different then, in turn
SIZE_PERIODS = (7, 5)

# -- what is read ------------------------------------------------------------------------------------

# the rule book that matcalc comes with has a fifth of it; a device or a pipe may never end
MAX_RULE_BYTES = 1_000_000
