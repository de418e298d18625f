"""HTTP under /v1: the vendor's endpoints, each a few lines over services and queries."""
