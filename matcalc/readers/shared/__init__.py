"""What the readers of several notations share."""
