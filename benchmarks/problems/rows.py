"""Row blocks: a matrix that does not fit into the cache is read from memory once, not once per product."""

BLOCK_ENTRIES = 250_000  # 2 MB


def row_blocks(X):
    """Yield slices that cut X into blocks of rows."""
    rows, cols = X.shape
    step = max(1, BLOCK_ENTRIES // cols)
    for start in range(0, rows, step):
        yield slice(start, start + step)
