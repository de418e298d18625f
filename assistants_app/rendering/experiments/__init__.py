"""Experiments as HTML."""
