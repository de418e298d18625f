"""Tests of searches in vector stores."""
