"""Fakes for the services outside: model providers and S3. Tests use everything else for real."""
