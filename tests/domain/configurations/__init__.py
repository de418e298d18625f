"""Tests of ``assistants_app.domain.configurations``."""
