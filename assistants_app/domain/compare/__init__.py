"""Rules of comparisons: order, votes and shared function calls."""
