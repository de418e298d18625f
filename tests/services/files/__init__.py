"""Tests of services of files."""
