"""Tests of services of assistants."""
