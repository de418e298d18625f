"""HTML of code for the API."""
