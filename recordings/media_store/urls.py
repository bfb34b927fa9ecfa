"""The local store's own door."""

from django.urls import path

from recordings.media_store import local_view

urlpatterns = [path("media/<str:token>", local_view.serve, name="local_media")]
