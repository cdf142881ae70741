"""The rules of proof, one file a topic."""
