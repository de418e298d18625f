"""Tool calls as cards."""
