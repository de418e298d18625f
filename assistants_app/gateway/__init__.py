"""Endpoints and context windows of models, embedders of stores, query rewriting and sealed keys."""
