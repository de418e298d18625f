"""Versions of the SDK that run against the live site."""

from tests.clients.catalogue import OURS, Client, locked

VERSIONS = [OURS, "openai-2", "openai-1.109", "openai-1.21"]
SDKS = {
    version: Client(
        "`openai` for Python: `OpenAI`, `AsyncOpenAI`",
        locked(version, "openai"),
    )
    for version in VERSIONS
}
AZURE_SDKS = {
    version: Client(
        "`openai` for Python: `AzureOpenAI`, `AsyncAzureOpenAI`",
        locked(version, "openai"),
    )
    for version in VERSIONS
}
BOTH = (*SDKS.values(), *AZURE_SDKS.values())
