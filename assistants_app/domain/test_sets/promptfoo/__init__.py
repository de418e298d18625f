"""Tests of promptfoo, and their assertions as checks."""
