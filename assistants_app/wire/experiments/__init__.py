"""JSON of experiments, which are an addition of this server."""
