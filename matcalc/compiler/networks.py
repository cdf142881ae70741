"""Kronecker products."""


def networks(graph, node, target):
    return node
