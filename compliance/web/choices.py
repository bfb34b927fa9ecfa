"""What somebody chose for himself, remembered by his browser: theme and language."""

from django.conf import settings
from django.http import HttpResponse

from compliance.models import Person

YEAR_SECONDS = 365 * 24 * 3600


def remember_choices(response: HttpResponse, person: Person) -> None:
    """Let the browser remember what this person chose, if he did."""
    if person.theme:
        set_theme(response, person.theme)
    if person.language:
        set_language(response, person.language)


def set_theme(response: HttpResponse, theme: str) -> None:
    """Let the browser remember light or dark; '' leaves it to the system."""
    _remember(response, "theme", theme)


def set_language(response: HttpResponse, language: str) -> None:
    """Let the browser remember a language; '' leaves it to what it asks for."""
    _remember(response, settings.LANGUAGE_COOKIE_NAME, language)


def _remember(response: HttpResponse, name: str, value: str) -> None:
    if not value:
        response.delete_cookie(name)
        return
    response.set_cookie(
        name,
        value,
        max_age=YEAR_SECONDS,
        secure=settings.SESSION_COOKIE_SECURE,
        samesite="Lax",
    )
