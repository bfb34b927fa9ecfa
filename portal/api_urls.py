"""The API and its OpenAPI description."""

from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView

from compliance.access.guards import public

urlpatterns = [
    path("v1/", include("recordings.api.urls")),
    path("v1/", include("compliance.api.urls")),
    path("schema/", public(SpectacularAPIView.as_view()), name="schema"),
]
