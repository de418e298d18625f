"""Tests of ``assistants_app.engine.variables``."""
