"""Threads, their messages and forks."""
