"""Tests of the queries of threads."""
