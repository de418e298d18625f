"""Threads: the page of one, the list of all, messages, forks, runs and their logs."""
