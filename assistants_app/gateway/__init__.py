"""Which endpoint serves a model, and with what: context window, embedder, queries, sealed keys."""
