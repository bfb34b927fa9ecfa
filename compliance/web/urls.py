"""The pages of this app."""

from django.urls import URLPattern, path

from compliance.web import access, audit, preferences, session

urlpatterns: list[URLPattern] = [
    path("login", session.sign_in, name="login"),
    path("logout", session.sign_out, name="logout"),
    path("preferences", preferences.preferences, name="preferences"),
    path("access", access.access, name="access"),
    path("audit/", audit.timeline, name="audit"),
    path("audit/<uuid:entry_id>", audit.entry, name="audit-entry"),
]
