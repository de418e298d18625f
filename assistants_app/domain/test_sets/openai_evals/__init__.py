"""Evals of OpenAI's API, and their graders as checks."""
