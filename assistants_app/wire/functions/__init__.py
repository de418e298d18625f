"""JSON of functions: checks, examples, form fields, samples and OpenAPI import."""
