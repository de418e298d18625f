"""The gateway: which endpoint serves what."""
