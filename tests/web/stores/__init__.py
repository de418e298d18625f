"""Pages of vector stores."""
