"""Functions: checks, examples, form fields, samples and OpenAPI import."""
