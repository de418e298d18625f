"""Tests of the live page without a browser."""
