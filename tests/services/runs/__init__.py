"""Tests of services of runs."""
