"""Tests of clients that nobody here wrote."""
