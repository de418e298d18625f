"""Requests that are passed on to an endpoint as they are, and its responses back."""
