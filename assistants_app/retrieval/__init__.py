"""From files to passages: text extraction, chunks and embeddings. Plain Python."""
