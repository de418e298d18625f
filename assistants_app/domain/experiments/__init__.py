"""Experiments without their tables: states, orders and figures."""
