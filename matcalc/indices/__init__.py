"""Index notation for derivatives of any order: entries, deltas, sums, and how they contract."""
