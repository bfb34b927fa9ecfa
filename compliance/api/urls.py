"""The law book's part of version 1 of the API."""

from django.urls import path

from compliance.api import requests

urlpatterns = [
    path("requests", requests.Requests.as_view(), name="api-requests"),
    path("requests/<uuid:pk>", requests.RequestState.as_view(), name="api-request"),
]
