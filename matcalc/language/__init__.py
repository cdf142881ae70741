"""Text and surface tree, both ways."""
