"""The pages anybody may open: the form for people who were recorded."""

from django.urls import path

from compliance.web import public_requests

urlpatterns = [
    path("privacy/", public_requests.form, name="public-form"),
    path("privacy/sent", public_requests.sent, name="public-sent"),
    path("privacy/confirm/<str:token>", public_requests.confirm, name="public-confirm"),
]
