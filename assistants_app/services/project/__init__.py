"""Projects: API keys, endpoints, prices and idempotency keys."""
