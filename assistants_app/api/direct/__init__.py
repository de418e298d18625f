"""Chat completions and embeddings, which go to the endpoint that serves the model."""
