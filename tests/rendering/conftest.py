"""Rendering in the test's own process."""

from tests.web.conftest import plain_static_files

__all__ = ["plain_static_files"]
