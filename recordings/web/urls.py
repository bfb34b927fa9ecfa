"""The pages of this app."""

from django.urls import URLPattern, path

from recordings.web import calls, home

urlpatterns: list[URLPattern] = [
    path("", home.home, name="home"),
    path("calls/", calls.calls, name="calls"),
    path("calls/search", calls.search, name="calls-search"),
]
