"""The Django project, which only connects the parts of the app."""
