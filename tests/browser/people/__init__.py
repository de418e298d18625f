"""Several people in a project, each with a browser."""
