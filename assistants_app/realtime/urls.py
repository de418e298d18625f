"""Websocket routes."""

from django.urls import path

from assistants_app.realtime.consumers import ReplayConsumer, ThreadConsumer

websocket_urlpatterns = [
    path("ws/p/<str:project_id>/thread/<str:thread_id>/", ThreadConsumer.as_asgi()),
    path("ws/p/<str:project_id>/thread/<str:thread_id>/replay/", ReplayConsumer.as_asgi()),
]
