"""Recordings in an archive: they say so, are asked for, awaited, heard, and close again.

The store is a double on the wire (archive_double), for no server we can run restores.
"""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django.fixtures import Settings

from compliance.audit.actions import Action
from compliance.models import AuditEntry, Person
from recordings import archive_restore, locks, media_store
from recordings.models import Recording, Restoration
from recordings.outgoing import delivery
from tests.cast import Cast
from tests.contract.archive_double import Archive, serve
from tests.factories.hearable import hearable_call, part_of

pytestmark = pytest.mark.django_db
SignIn = Callable[[Person], Client]
Entries = Callable[..., list[AuditEntry]]
State = Restoration.State
SOON = timedelta(minutes=10)


@pytest.fixture
def archive(settings: Settings) -> Iterator[Archive]:
    with serve() as double:
        settings.MEDIA_STORE = {
            "kind": "s3", "bucket": "calls", "region": "us-east-1",
            "endpoint": double.url, "path_style": True,
            "access_key": "a", "secret_key": "b",
            "checksums": "when_required", "egress_credentials": "own",
        }  # fmt: skip
        settings.MAIL_IS_ON = True
        yield double


@pytest.fixture
def part(cast: Cast, archive: Archive) -> Recording:
    """A recording that the store has moved to its archive, as the portal has seen."""
    made = part_of(hearable_call(cast.claims))
    name = media_store.store().name
    Recording.objects.filter(pk=made.pk).update(store=name, store_due_at=None)
    locks.settle(now=timezone.now())
    made.refresh_from_db()
    return made


def asked(client: Client, part: Recording, speed: str = "usual") -> Any:
    return client.post(reverse("archive-restore", args=[part.pk]), {"speed": speed})


def page(client: Client, part: Recording) -> str:
    return client.get(reverse("call", args=[part.call_id])).content.decode()


def listen(client: Client, part: Recording) -> Any:
    url = reverse("listen", args=[part.pk])
    return client.post(
        url, {"purpose": "quality"}, headers={"Accept": "application/json"}
    )


def test_it_says_so_and_is_not_played(
    cast: Cast, sign_in: SignIn, part: Recording
) -> None:
    client = sign_in(cast.reviewer)

    html = page(client, part)
    answer = listen(client, part)

    assert (part.storage_class, part.is_closed) == ("GLACIER", True)
    assert "It lies in an archive" in html
    assert "data-player" not in html
    assert "within 5 hours" in html
    assert answer.status_code == 403
    assert "archive" in answer.json()["reason"]


def test_asked_for_awaited_heard_and_closed_again(
    cast: Cast, sign_in: SignIn, part: Recording, archive: Archive, entries: Entries
) -> None:
    client, now = sign_in(cast.reviewer), timezone.now()

    assert asked(client, part).status_code == 302
    archive_restore.settle(now=now + SOON)
    assert "<Tier>Standard</Tier>" in archive.asked[0]
    assert "<Days>7</Days>" in archive.asked[0]
    html = page(client, part)
    assert "On its way out of the archive" in html
    assert "<progress" in html
    assert cast.reviewer.name in html
    archive_restore.settle(now=now + 2 * SOON)
    assert Restoration.objects.get().state == State.COMING

    ends = (now + timedelta(days=7)).replace(microsecond=0)
    archive.is_coming, archive.open_until = False, ends
    archive_restore.settle(now=now + 3 * SOON)

    part.refresh_from_db()
    assert (part.is_closed, part.open_until) == (False, ends)
    delivery.to_person(person_id=cast.reviewer.pk, now=now + 3 * SOON)
    assert "came out of its archive" in mail.outbox[0].subject
    assert str(part.call_id) in mail.outbox[0].body
    assert "data-player" in page(client, part)
    assert listen(client, part).status_code == 200

    Recording.objects.update(open_until=now)
    assert listen(client, part).status_code == 403, "it closes before anybody looks"
    archive.open_until = None
    archive_restore.settle(now=ends)
    part.refresh_from_db()
    assert (part.is_closed, Restoration.objects.get().state) == (True, State.LAPSED)
    told = [Action.RESTORE_ASKED, Action.RESTORE_DONE, Action.RESTORE_LAPSED]
    assert [entry.act for entry in entries(act__in=told)] == told


def test_what_the_store_refuses_is_said_and_mailed(
    cast: Cast, sign_in: SignIn, part: Recording, archive: Archive
) -> None:
    archive.refuses = "InvalidRequest"
    client, now = sign_in(cast.reviewer), timezone.now()
    asked(client, part)

    for minute in range(0, 60, 10):
        archive_restore.settle(now=now + timedelta(minutes=minute + 1))

    wanted = Restoration.objects.get()
    assert (wanted.state, wanted.reason) == (State.FAILED, "InvalidRequest")
    delivery.to_person(person_id=cast.reviewer.pk, now=now + SOON)
    assert "could not be brought" in mail.outbox[0].subject
    assert "It lies in an archive" in page(client, part), "it may be asked for again"


def test_it_is_asked_for_once_and_only_as_it_can_be(
    cast: Cast, sign_in: SignIn, part: Recording, archive: Archive
) -> None:
    archive.storage_class = "DEEP_ARCHIVE"
    Recording.objects.update(store_due_at=None)
    locks.settle(now=timezone.now())
    client = sign_in(cast.reviewer)

    asked(client, part, "soon")
    assert not Restoration.objects.exists(), "deep archives know no such speed"
    asked(client, part, "cheap")
    asked(client, part, "usual")

    assert [one.speed for one in Restoration.objects.all()] == ["cheap"]
    assert asked(sign_in(cast.stranger), part).status_code in (403, 404)
