"""Reads, always scoped to a project. What is not there is said here, for all callers alike."""
