"""Tests of the queries of assistants."""
