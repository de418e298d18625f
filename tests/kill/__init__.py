"""Tests of kill."""
