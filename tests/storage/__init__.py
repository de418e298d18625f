"""Tests of ``assistants_app.storage``."""
