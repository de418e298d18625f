"""Tests against the vendor's OpenAPI document, and the page of compatibility."""
