"""Names and addresses of people."""
