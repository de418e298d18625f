"""Projects: API keys, endpoints and prices."""
