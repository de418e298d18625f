"""Tests in which processes are killed."""
