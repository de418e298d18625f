"""Tests of the words that searches compare."""
