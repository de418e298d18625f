"""Fakes: the model provider is the only part of the world that tests do not use for real."""
