"""The name and dimension of the bundled embedding model."""

# The name is stored with all vectors. A different model needs a different name, because vectors of
# two models can't be compared.

NAME = "all-MiniLM-L6-v2-int8"
DIMENSION = 384
