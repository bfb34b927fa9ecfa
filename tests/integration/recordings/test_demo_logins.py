"""The demo's organisation: made once, with something on every page of an officer."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone
from pytest_django.fixtures import Settings

from compliance.models import (
    Person,
    RetentionPolicy,
    StandingConsent,
    StandingNotice,
    SubjectRequest,
    Team,
)
from recordings.management import demo_requests
from recordings.models import DoNotRecord, Trunk
from tests.factories.compliance import PhoneNumberFactory
from tests.factories.recordings import CallFactory, PartyFactory

pytestmark = pytest.mark.django_db
MADE = (Person, RetentionPolicy, Trunk, DoNotRecord, StandingConsent, StandingNotice)


def made() -> list[int]:
    return [model._default_manager.count() for model in MADE]


def test_the_demo_is_made_once_and_says_how_to_log_in(settings: Settings) -> None:
    settings.DEBUG = True
    told = StringIO()

    call_command("demo_logins", stdout=told)
    first = made()
    call_command("demo_logins", stdout=StringIO())

    assert min(first) > 0
    assert made() == first
    assert told.getvalue().count("LOGIN ") == 6


def test_known_passwords_are_refused_in_production(settings: Settings) -> None:
    settings.DEBUG = False

    with pytest.raises(CommandError, match="known passwords"):
        call_command("demo_logins")
    assert not Person.objects.filter(email="officer@demo.example").exists()


def test_requests_are_about_callers_and_made_once(settings: Settings) -> None:
    settings.DEBUG = True
    call_command("demo_logins", stdout=StringIO())
    team = Team.objects.get(name="Claims")
    for _caller in range(3):
        number = PhoneNumberFactory.create()
        for _call in range(3):
            PartyFactory.create(call=CallFactory.create(team=team), number=number)

    for _again in range(2):
        demo_requests.make(now=timezone.now())

    assert SubjectRequest.objects.count() == 3
    erasure = SubjectRequest.objects.get(kind="erasure")
    assert erasure.identity == SubjectRequest.Identity.VERIFIED
