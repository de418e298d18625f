"""Reads of threads, messages and forks."""
