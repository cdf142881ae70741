"""Seeds of random tests: fixed, so that the project's own check never fails by chance, and drawn anew on request.

``MATCALC_SEED=random pytest ...`` looks where nobody has looked yet; ``MATCALC_SEED=772947`` repeats what it found.
"""

from __future__ import annotations

import os
import random
import zlib


def seed_of(name: str) -> int:
    """Return the seed of a random test, printed for the report of a failure: that of its name unless told otherwise."""
    wanted = os.environ.get("MATCALC_SEED")
    if wanted is None:
        seed = zlib.crc32(name.encode()) % 10**6
    else:
        seed = random.randrange(10**6) if wanted == "random" else int(wanted)
    print(f"{name}: seed {seed}")
    return seed
