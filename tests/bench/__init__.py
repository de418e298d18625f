"""Benchmarks: figures beside those of a direct call to the provider in the same run."""
