"""The page anybody may open who was sent a link to a copy."""

from django.urls import path

from recordings.web import public_copy

urlpatterns = [
    path("privacy/copy/<str:token>", public_copy.take, name="public-copy"),
]
