"""The SDK: runs."""
