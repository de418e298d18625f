"""The configuration of the Django app."""

from django.apps import AppConfig


class AssistantsConfig(AppConfig):
    name = "assistants_app"
    label = "assistants"
