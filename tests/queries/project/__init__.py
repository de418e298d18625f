"""Tests of reads of projects."""
