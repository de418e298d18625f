"""Tests of reads of vector stores."""
