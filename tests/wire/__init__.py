"""Tests of the API's JSON."""
