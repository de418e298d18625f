"""Pages of share links as HTML."""
