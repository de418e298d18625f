"""Tests of local_model."""
