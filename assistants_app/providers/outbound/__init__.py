"""Connections that leave this machine for others: which addresses, how long, and how much."""
