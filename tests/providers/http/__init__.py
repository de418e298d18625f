"""Tests of the connections below the client of models."""
