"""Which model the local embedder is. Another model is another name: its vectors do not compare."""

NAME = "all-MiniLM-L6-v2-int8"
DIMENSION = 384
