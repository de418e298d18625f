"""Projects: keys, endpoints, prices and idempotent requests."""
