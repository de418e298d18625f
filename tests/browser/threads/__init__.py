"""Threads in a real browser."""
