"""Productions of what lies in an archive: they wait, say how far it is, and are told late."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django.fixtures import Settings

from compliance.access.roles import Role
from compliance.models import Person
from recordings.media_store.local import LocalStore
from recordings.media_store.s3_archive import WAYS_BACK
from recordings.models import (
    Alert,
    OutgoingEvent,
    ProducedItem,
    Production,
    Recording,
    Restoration,
)
from recordings.producing import bringing_back
from recordings.productions import course, lateness
from tests.cast import Cast
from tests.factories.productions import NOW, agreed, asked, small, worked
from tests.factories.second_person import second

SignIn = Callable[[Person], Client]
State = Restoration.State
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _store(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A store here that speaks of an archive as S3's does."""
    settings.MEDIA_STORE = {"kind": "local", "root": tmp_path / "media"}
    settings.MAIL_IS_ON = True

    def ways_back(_store: LocalStore, storage_class: str) -> Any:
        return WAYS_BACK.get(storage_class, [])

    monkeypatch.setattr(LocalStore, "ways_back", ways_back)


def archived(part: Recording, storage_class: str = "GLACIER") -> Recording:
    part.is_closed, part.storage_class = True, storage_class
    part.save(update_fields=["is_closed", "storage_class"])
    return part


def came(part: Recording) -> None:
    """The store has brought it, and the portal has seen it."""
    part.restorations.update(state=State.OPEN)
    Recording.objects.filter(pk=part.pk).update(
        is_closed=False, open_until=NOW + timedelta(days=7)
    )


def of(cast: Cast, *parts: Recording) -> Production:
    other = second(Role.OFFICER)
    production = asked(cast, *parts)
    agreed(production, other)
    course.settle(now=NOW)
    return production


def test_a_volume_waits_for_what_the_archive_brings_back(
    cast: Cast, sign_in: SignIn
) -> None:
    there, cold = small(cast, 1), archived(small(cast, 2))
    production = of(cast, there, cold)
    assert worked() == 0, "its only volume waits"
    course.settle(now=NOW)
    assert cold.restorations.count() == 1, "asked for once"
    url = reverse("production", args=[production.pk])
    html = " ".join(sign_in(cast.officer).get(url).content.decode().split())
    assert "0 of 1 originals came out of their archive" in html
    assert "Their volumes wait for the rest." in html

    came(cold)
    assert worked() == 2

    production.refresh_from_db()
    assert production.state == Production.State.READY
    assert not production.items.exclude(problem="").exists()
    awaited = bringing_back.awaited(production, now=NOW)
    assert awaited
    assert (awaited.came, awaited.all) == (1, 1)


def test_what_has_no_way_back_is_listed_and_not_waited_for(cast: Cast) -> None:
    there, stuck = small(cast, 1), archived(small(cast, 2), "STRANGE")
    Recording.objects.filter(pk=stuck.pk).update(store="s3://gone")
    production = of(cast, there, stuck)

    assert worked() == 2

    wanted = Restoration.objects.get()
    assert (wanted.state, wanted.reason) == (State.FAILED, "no_way_back")
    (problem,) = production.items.exclude(problem="")
    assert problem.problem == ProducedItem.Problem.UNREACHABLE
    assert not OutgoingEvent.objects.filter(payload__has_key="restoration_id").exists()


def test_what_the_store_fails_to_bring_is_not_waited_for_again(cast: Cast) -> None:
    cold = archived(small(cast, 1))
    of(cast, cold)
    assert worked() == 0
    cold.restorations.update(state=State.FAILED)

    course.settle(now=NOW)

    assert cold.restorations.count() == 1
    assert worked() == 2


def test_a_late_production_is_an_alert_until_it_is_there(cast: Cast) -> None:
    other = second(Role.OFFICER)
    production = asked(cast, small(cast, 1))
    late = production.due_at + timedelta(minutes=1)
    lateness.judge(now=NOW)
    assert not Alert.objects.exists()

    for _ in range(2):
        lateness.judge(now=late)
    alert = Alert.objects.get(kind=Alert.Kind.PRODUCTION_OVERDUE)
    assert (alert.subject, alert.team) == (str(production.pk), cast.claims)

    agreed(production, other)
    course.settle(now=NOW)
    worked()
    lateness.judge(now=late)
    alert.refresh_from_db()
    assert alert.closed_at
