"""The servers that come with the project: PostgreSQL, Valkey and a small model."""
