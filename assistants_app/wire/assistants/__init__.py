"""JSON of assistants: configurations, templates, import, export and mocks."""
