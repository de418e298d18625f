"""Checks of replies that need more than the reply: embeddings, the sandbox and judges."""
