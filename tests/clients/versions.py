"""Versions of the SDK that run against the live site."""

from tests.clients.environments import OURS

VERSIONS = [OURS, "openai-2", "openai-1.109", "openai-1.21"]
