"""Scopes of API keys."""

ALL, READ, RUNS = "all", "read", "runs"
SCOPES = (ALL, READ, RUNS)
