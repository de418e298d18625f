"""JSON of runs and run steps."""
