"""Limits of money, tokens, requests and runs: what counts, who is refused, and who sets them."""
