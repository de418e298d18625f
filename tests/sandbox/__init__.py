"""The sandbox: what works inside, what is refused, what is ended."""
