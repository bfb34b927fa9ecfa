"""The pages of this app."""

from django.urls import URLPattern, path

from compliance.web import (
    access,
    audit,
    drafts,
    keys,
    preferences,
    rules,
    session,
    sessions,
)

urlpatterns: list[URLPattern] = [
    path("login", session.sign_in, name="login"),
    path("logout", session.sign_out, name="logout"),
    path("preferences", preferences.preferences, name="preferences"),
    path("preferences/password", session.own_password, name="password"),
    path("session", sessions.left, name="session"),
    path("sessions/", sessions.listed, name="sessions"),
    path("sessions/end", sessions.end, name="sessions-end"),
    path("sessions/<slug:key>/end", sessions.end, name="session-end"),
    path("access", access.access, name="access"),
    path("audit/", audit.timeline, name="audit"),
    path("audit/<uuid:entry_id>", audit.entry, name="audit-entry"),
    path("keys/", keys.listed, name="keys"),
    path("keys/new/<uuid:service_id>", keys.add, name="key-new"),
    path("keys/<uuid:key_id>/rotate", keys.rotate, name="key-rotate"),
    path("keys/<uuid:key_id>/revoke", keys.revoke, name="key-revoke"),
    path("consent/", rules.book, name="rules"),
    path("consent/new", drafts.add, name="rule-new"),
    path("consent/<slug:place>", rules.rule, name="rule"),
    path("consent/<slug:place>/edit", drafts.edit, name="rule-edit"),
    path("consent/<slug:place>/drop", drafts.drop, name="draft-drop"),
    path(
        "consent/<slug:place>/confirm/<int:version>",
        rules.confirm,
        name="rule-confirm",
    ),
]
