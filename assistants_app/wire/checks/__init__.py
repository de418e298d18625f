"""Rows as checks look at them."""
