"""The app's place in Django."""

from django.apps import AppConfig


class AssistantsConfig(AppConfig):
    name = "assistants_app"
    label = "assistants"
