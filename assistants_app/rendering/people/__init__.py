"""What people say, as HTML."""
