"""Isolation for model-written Python: one protocol, a local backend and a remote backend."""
