"""Text extraction, chunking and embeddings, in plain Python."""
