"""Tests of assistants' JSON."""
