"""Tests of services of vector stores."""
