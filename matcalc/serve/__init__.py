"""The page: a local server with worker processes, and the same page as a static site."""
