"""Tests of the connections to models."""
