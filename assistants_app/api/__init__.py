"""HTTP endpoints below /v1. Each is a few lines that call services and queries."""
