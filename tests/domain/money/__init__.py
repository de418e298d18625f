"""Prices and limits."""
