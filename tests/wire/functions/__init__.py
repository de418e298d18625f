"""Tests of functions' JSON."""
