"""The Assistants API v2 under `/v1`."""
