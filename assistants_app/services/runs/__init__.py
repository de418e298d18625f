"""Runs: requests of clients, writes of the worker that holds a run, and the sweeper."""
