"""Tests of third-party clients."""
