"""Threads, messages and forks."""
