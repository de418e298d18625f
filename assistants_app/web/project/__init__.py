"""A project's settings, endpoints and usage, and signing in."""
