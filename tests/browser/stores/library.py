"""Files of a small library, and how long the indexer may take."""

PATIENCE = 60_000  # milliseconds: the first file waits until the indexer is up
HARBOUR = "# Harbour\n\nThe harbour of Zyxwv was built in 1907 by Ada Quux."
SOUP = "# Soup\n\nTomato soup needs basil, and an hour of patience on a small flame."
