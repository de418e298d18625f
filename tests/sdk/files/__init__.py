"""The SDK: files."""
