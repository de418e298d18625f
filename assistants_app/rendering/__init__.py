"""HTML of our nouns, shared by the pages and the live stream."""
