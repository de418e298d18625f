"""Reads of files and of what uses them."""
