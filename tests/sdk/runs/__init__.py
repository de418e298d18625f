"""Tests of runs through the SDK."""
