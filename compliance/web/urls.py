"""The pages of this app."""

from django.urls import URLPattern, path

from compliance.web import (
    access,
    audit,
    drafts,
    preferences,
    reviews,
    roles,
    rules,
    session,
    sso,
)

urlpatterns: list[URLPattern] = [
    path("login", session.sign_in, name="login"),
    path("logout", session.sign_out, name="logout"),
    path("sso/start", sso.start, name="sso-start"),
    path("sso/callback", sso.callback, name="sso-callback"),
    path("sso/confirmed", sso.confirmed, name="sso-confirmed"),
    path("sso/back-channel-logout", sso.back_channel_logout, name="sso-logout"),
    path("preferences", preferences.preferences, name="preferences"),
    path("preferences/password", session.own_password, name="password"),
    path("access", access.access, name="access"),
    path("access/people/<uuid:person_id>/", roles.of_person, name="access-of"),
    path("access/roles/", roles.roles, name="roles"),
    path("access/roles/give", roles.give, name="role-give"),
    path("access/roles/<uuid:grant_id>/end", roles.end, name="role-end"),
    path("access/reviews/", reviews.reviews, name="reviews"),
    path("access/reviews/begin", reviews.begin, name="review-begin"),
    path("access/reviews/<uuid:review_id>/", reviews.review, name="review"),
    path("access/reviews/<uuid:review_id>/file", reviews.file, name="review-file"),
    path("access/reviews/lines/<uuid:line_id>", reviews.decide, name="review-decide"),
    path("audit/", audit.timeline, name="audit"),
    path("audit/<uuid:entry_id>", audit.entry, name="audit-entry"),
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
