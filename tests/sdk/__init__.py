"""Tests of the API through the vendor's SDK."""
