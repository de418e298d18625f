"""The Assistants API v2 engine and its playground, as one Django app of enforced layers."""
