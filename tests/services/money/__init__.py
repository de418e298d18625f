"""Tests of ``assistants_app.services.money``."""
