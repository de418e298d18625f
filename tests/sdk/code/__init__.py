"""Tests of the code interpreter through the SDK."""
