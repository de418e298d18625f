"""Plain Python that every layer may use: errors, ids, states, limits. Knows no framework."""
