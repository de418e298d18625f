"""Tests of ``assistants_app.retrieval``."""
