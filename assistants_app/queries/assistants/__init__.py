"""Reads of assistants, versions, drafts and mocks."""
