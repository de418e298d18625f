"""Tests of the worker's loop: fairness, limits, shutdown and watchdog."""
