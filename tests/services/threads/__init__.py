"""Tests of services of threads."""
