"""What the public host serves: the form and copies for people, and nothing behind a login."""

from django.urls import include, path

from portal import health

urlpatterns = [
    path("healthz", health.live, name="healthz"),
    path("readyz", health.ready, name="readyz"),
    path("", include("compliance.web.public_urls")),
    path("", include("recordings.web.public_urls")),
]

handler404 = "portal.errors.not_found"
