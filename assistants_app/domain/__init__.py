"""Errors, ids, states and limits, in plain Python that every layer may use."""
