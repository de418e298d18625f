"""Installs the project's environments. It runs before any of them exists, so it needs nothing but
the standard library.
"""
