"""Tests of ``assistants_app.domain.money``."""
