"""Services of vector stores."""
