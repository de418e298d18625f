"""Reads of access, endpoints, prices and usage."""
