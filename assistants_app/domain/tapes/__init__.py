"""Tapes: the recorded calls of runs, how they answer other runs, and where two runs part."""
