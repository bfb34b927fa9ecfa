"""The local store's own door. The token is a parameter: access logs keep paths."""

from django.urls import path

from recordings.media_store import local_view

urlpatterns = [path("media/", local_view.serve, name="local_media")]
