"""The product's URLs and, beside them, the floors."""

from django.urls import include, path

from tests.bench import floors

urlpatterns = [
    path("floor/webhook", floors.webhook),
    path("floor/listen", floors.listen),
    path("floor/agent/<str:room_sid>", floors.Agent.as_view()),
    path("", include("portal.urls")),
]
