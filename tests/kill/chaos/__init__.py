"""Faults of each part of a site, while a crowd of clients streams runs from it.

``python -m tests.kill.chaos`` injects them all and prints a table (`make chaos`).
"""
