"""The assistants of a project: list, form, drafts, versions, functions and mocks."""
