"""Services of runs."""
