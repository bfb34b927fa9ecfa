"""The webhook, with and without the slash: a redirect would lose the event."""

from django.urls import path

from recordings.api import webhook

urlpatterns = [
    path("livekit", webhook.livekit, name="livekit-webhook"),
    path("livekit/", webhook.livekit),
]
