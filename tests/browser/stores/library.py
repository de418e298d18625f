"""Files of a small library, and the time for the indexer."""

PATIENCE = 60_000  # milliseconds; the first file waits until the indexer has started
HARBOUR = "# Harbour\n\nThe harbour of Zyxwv was built in 1907 by Ada Quux."
SOUP = "# Soup\n\nTomato soup needs basil, and an hour of patience on a small flame."
