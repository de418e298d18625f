"""Reads of files and their use."""
