"""Runs as HTML: outcome, log, steps and trace."""
