"""Tests of what deals with people."""
