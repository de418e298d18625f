"""Assistants on the wire: configurations, templates, import, export and mocks."""
