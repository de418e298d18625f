"""Runs: what clients request, what the worker that holds one writes, and the sweeper."""
