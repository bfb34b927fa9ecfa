"""What this process serves: SURFACES decides which doors it has."""

from django.conf import settings
from django.urls import URLPattern, URLResolver, include, path

from portal import health

_SURFACES = {
    "webhook": [("webhooks/", "recordings.api.webhook_urls")],
    "api": [("api/", "portal.api_urls")],
    "scim": [("scim/v2/", "compliance.api.scim.urls")],
    "public": [
        ("", "compliance.web.public_urls"),
        ("", "recordings.web.public_urls"),
    ],
    "web": [
        ("", "compliance.web.urls"),
        ("", "recordings.web.urls"),
        ("", "recordings.media_store.urls"),
    ],
    "admin": [("admin/", "portal.admin_urls")],
    "metrics": [("metrics", "portal.metrics_urls")],
}

urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz", health.live, name="healthz"),
    path("readyz", health.ready, name="readyz"),
    *(
        path(prefix, include(urls))
        for surface in settings.SURFACES
        if not (surface == "public" and settings.REQUESTS["public_host"])
        for prefix, urls in _SURFACES[surface]
    ),
]

handler404 = "portal.errors.not_found"
