"""Tests of files and vector stores through the SDK."""
