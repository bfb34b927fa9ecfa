"""When the audit entry cannot be written the act does not happen, and no link leaves.

In real transactions: the log is broken on purpose, just before its INSERT.
"""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import DatabaseError
from django.utils import timezone

from compliance.access.refusals import Hidden, record
from compliance.audit import log
from compliance.models import AuditEntry, Purpose
from recordings import consent, destruction, media_store, playback
from recordings.media_store.base import Listing
from recordings.models import (
    ConsentRecord,
    Disclosure,
    Listen,
    Recording,
)
from tests.cast import Cast
from tests.factories import recordings as made
from tests.factories.hearable import hearable_call, part_of

Break = Callable[[], None]
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def recording(cast: Cast) -> Recording:
    """A recording of the claims team that may be heard for quality."""
    return part_of(hearable_call(cast.claims))


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A store that notes what it is asked for: nothing may be asked."""
    asked: list[str] = []

    class Store:
        def list_versions(self, _key: str) -> Listing:
            return Listing(versions=1, bytes=9)  # a question, not an act

        def __getattr__(self, name: str) -> Callable[..., None]:
            return lambda *_, **__: asked.append(name)

    monkeypatch.setattr(media_store, "store", lambda *_: Store())
    return asked


@pytest.fixture
def break_log(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Call it, and from then on no entry can be written."""

    def broken(*_: object, **__: object) -> None:
        raise DatabaseError("could not extend file: no space left on device")

    return lambda: monkeypatch.setattr(log, "insert", broken)


def test_no_listen(
    cast: Cast, recording: Recording, store: list[str], break_log: Break
) -> None:
    break_log()
    with pytest.raises(DatabaseError):
        playback.open(
            recording_id=recording.id,
            listener=cast.reviewer,
            purpose=Purpose.QUALITY,
            now=timezone.now(),
        )

    assert not Listen.objects.exists()
    assert store == []


def test_no_renewal(
    cast: Cast,
    recording: Recording,
    store: list[str],
    break_log: Break,
) -> None:
    listen = made.ListenFactory.create(recording=recording, listener=cast.reviewer)
    break_log()

    with pytest.raises(DatabaseError):
        playback.renew(listen_id=listen.pk, listener=cast.reviewer, now=timezone.now())

    listen.refresh_from_db()
    assert listen.links_served == 1
    assert store == []


def test_no_copy(
    cast: Cast, recording: Recording, store: list[str], break_log: Break
) -> None:
    break_log()
    with pytest.raises(DatabaseError):
        playback.download(
            recording_id=recording.id,
            by=cast.officer,
            purpose=Purpose.EVIDENCE,
            recipient="Court",
            organisation="",
            reason="Order",
            now=timezone.now(),
        )

    assert not Disclosure.objects.exists()
    assert store == []


def test_no_consent(cast: Cast, recording: Recording, break_log: Break) -> None:
    break_log()
    before = ConsentRecord.objects.count()
    told = consent.Told(kind=ConsentRecord.Kind.REFUSED, occurred_at=timezone.now())
    with pytest.raises(DatabaseError):
        consent.record(call=recording.call, told=told, by=cast.service)

    assert ConsentRecord.objects.count() == before


def test_no_destruction(
    recording: Recording, store: list[str], break_log: Break
) -> None:
    break_log()
    now = timezone.now()
    Recording.objects.filter(pk=recording.pk).update(expires_at=now - timedelta(days=1))

    with pytest.raises(DatabaseError):
        destruction.destroy(recording_id=recording.pk, reason="policy", now=now)

    recording.refresh_from_db()
    assert recording.state == Recording.State.AVAILABLE
    assert recording.attempt == 0
    assert store == []


def test_a_refused_listen_is_an_entry_that_outlives_the_rollback(
    cast: Cast, recording: Recording, store: list[str]
) -> None:
    with pytest.raises(Hidden) as hidden:
        playback.open(
            recording_id=recording.id,
            listener=cast.sales_reviewer,
            purpose=Purpose.QUALITY,
            now=timezone.now(),
        )
    record(hidden.value)

    entry = AuditEntry.objects.get(outcome="refused")
    assert entry.object_pk == str(recording.pk)
    assert entry.team_id == cast.claims.pk
    assert store == []
