"""``python -m announced``: the command line, which says on the standard error that it begins."""

import sys

from matcalc.__main__ import main

if __name__ == "__main__":
    print("begun", file=sys.stderr, flush=True)
    main()
