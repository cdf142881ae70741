"""What bounds the work of matcalc: every number with its reason, in one place.

The budget of a question (:mod:`matcalc.budget`) bounds all of it; the bounds here keep single pieces of work from
using it up where another way, or no answer, is better.
"""

# -- the budget of one question ------------------------------------------------------------------------

# ten seconds and more on the machine that the project is tested on; families of 10,000 nodes need a third of it
DEFAULT_WORK = 2_500_000
# for what units do not count well; a slow machine must have the time for the units of work
DEFAULT_SECONDS = 10.0
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

# -- what is read --------------------------------------------------------------------------------------
# characters of a text: a book has fewer
MAX_CHARACTERS = 1_000_000
# words and signs: ten times what the largest families of formulas have
MAX_TOKENS = 100_000
# open brackets: nobody nests so deeply, and a run of '(' is no formula
MAX_NESTING = 6_000
# signs that repeat one another, as in - - - x or x.T.T.T
MAX_REPEATS = 1_000
# digits of a number: exact arithmetic with it stays fast
MAX_DIGITS = 1_000
# exponents of ten: beyond it no float is left
MAX_EXPONENT = 400
# a declared size: beyond every array in memory
MAX_SIZE = 10**18
# the characters of a size that is declared, such as n*(n + 1)/2
MAX_SIZE_CHARACTERS = 100
# nodes that are read again to find which guess an error follows from
MOST_READ_AGAIN = 20_000
# nodes that are visited again for the sake of notes; beyond, every guess is said to be one
MOST_NOTED = 60_000
# functions of a user's that call each other, which may be without end
MAX_CALLS = 50
# operations of a function whose loops are written out
MAX_OPERATIONS = 50_000
# loops within one another: nobody nests so deeply, and each is a recursion of the reader
MAX_LOOPS = 12
# rounds of a loop that are written out: a page of them
MAX_ROUNDS = 200
# functions beside it whose source is read
MAX_HELPERS = 50
# characters of a torch line: Python's own parser reads it
MAX_LINE_CHARACTERS = 20_000

# -- matrices of numbers -------------------------------------------------------------------------------
# entries of a matrix: 2,000 rows and columns, a minute of linear algebra
MAX_MATRIX_ENTRIES = 4_000_000
# bytes of a file with so many entries, each with the digits of a float
MAX_MATRIX_BYTES = 32 * MAX_MATRIX_ENTRIES
# rows for L@D@L.T, which runs in Python: some seconds
MAX_LDL_ROWS = 1_500
# rows for the Schur form, which runs in Python: some seconds
MAX_SCHUR_ROWS = 120
# entries of the basis of a null space: 72 MB
MAX_BASIS_ENTRIES = 9_000_000
# rows for exact eigenvalues: their polynomial has so many terms
MAX_EIGEN_SIZE = 16
# rows for exact eigenvalues of complex entries, which cost several times as much
MAX_COMPLEX_EIGEN_SIZE = 10
# entries for exact elimination, whose numbers grow with every row
MAX_RANK_ENTRIES = 2_500
# bits of the entries that exact methods begin with
MAX_EXACT_BITS = 6_000
# entries of which each gradient of a norm is compared with differences
MAX_COMPARED_ENTRIES = 400
# entries for which each structure is tested exactly
MAX_EXACT_ENTRIES = 900
# complex ones, which cost several times as much
MAX_EXACT_COMPLEX_ENTRIES = 225
# rows of an exact Cholesky factor
MAX_EXACT_FACTORS = 60
# digits of all its entries
MAX_EXACT_DIGITS = 40_000

# -- the engine ----------------------------------------------------------------------------------------
# bits of a constant: its digits fill a page
MAX_CONSTANT_BITS = 4_000
# entries of a constant array that are written into an expression: each is a literal there
MAX_WRITTEN_ENTRIES = 400
# levels of scalar functions that SymPy evaluates; its recursion is slow beyond, and they stand as they are
MAX_SYMPY_DEPTH = 12
# parts of a scalar on one level, likewise
MAX_SYMPY_WIDTH = 200
# terms of the differential of a power of a matrix
MAX_POWER = 64
# readings of an expression's own text until it gives itself back
MAX_READINGS = 5

# -- what is shown -------------------------------------------------------------------------------------
# words and signs of a text that is written: thousands of pages
MAX_PIECES = 2_000_000
# characters of an answer that stays one expression: half a page; what a longer one repeats gets names
MAX_ONE_EXPRESSION = 1_000
# operators and leaves of an answer that is written out: hundreds of pages
MAX_PRINTED_LENGTH = 200_000
# parts of an index form that is written out: some pages
MAX_INDEX_PARTS = 20_000
# operators and leaves of a formula that is looked through: for the conditions it needs, for what is wrong with it
MAX_EXAMINED = 2_000

# -- checks, claims and proofs -------------------------------------------------------------------------
# multiplications of torch at one point: a second
MAX_TORCH_WORK = 1e9
# entries of an array in a check: 16 MB
MAX_CHECKED_ENTRIES = 2_000_000
# multiplications of exact numbers at one point: a second
MAX_EXACT_WORK = 200_000
# exponents in exact arithmetic: the digits of a power grow with it
MAX_EXACT_POWER = 10_000
# terms of a sum over indices that is added up term by term: each is evaluated by itself
MAX_LOOP_TERMS = 200_000
# entries of an array of more than two indices that is evaluated: 160 MB
MAX_TENSOR_ENTRIES = 20_000_000
# multiplications for the one value of a counterexample
MAX_VALUE_WORK = 1_000_000
# nodes of the formulas that are evaluated to find what is wrong with a claim
MOST_EDITED = 40_000
# directions among which a difference from the right answer is sought as a combination: as many unknowns to solve for
MOST_DIRECTIONS = 40
# claims of one search for a proof: the longest of the corpus has a third of them
MAX_CLAIMS = 1_500
# claims after which rules that build new expressions, and so many new claims, no longer apply
MAX_EARLY_CLAIMS = 240
