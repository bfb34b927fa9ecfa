"""A refusal of consent that comes while somebody asks for a link: one of the two is first.

In real transactions, each on its own connection.
"""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection, connections, transaction
from django.utils import timezone

from compliance.access.refusals import Refused
from compliance.audit import log
from compliance.audit.actions import Action
from compliance.models import AuditEntry, Purpose
from recordings import consent, hearing, media_store, playback
from recordings.models import ConsentRecord, Disclosure, Listen, Recording
from tests.cast import Cast
from tests.factories.hearable import hearable_call, part_of
from tests.factories.recordings import ListenFactory
from tests.waiting import until

pytestmark = pytest.mark.django_db(transaction=True)
Ask = Callable[[], object]
Aside = Callable[[Ask], "Future[Any]"]


@pytest.fixture
def part(cast: Cast, settings: Any, tmp_path: Any) -> Recording:
    """A part of a claims call that may be heard for quality."""
    settings.MEDIA_STORE = {"kind": "local", "root": tmp_path}
    return part_of(hearable_call(cast.claims))


@pytest.fixture
def links(part: Recording, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The links that the store made."""
    made: list[str] = []
    store = media_store.store()
    real = store.presign

    def presign(key: str, **given: Any) -> media_store.Link:
        made.append(key)
        return real(key, **given)

    monkeypatch.setattr(store, "presign", presign)
    return made


@pytest.fixture
def aside() -> Iterator[Aside]:
    """`aside(act)` acts at the same time, on a connection of its own."""

    def act_and_close(act: Ask) -> object:
        try:
            return act()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as pool:
        yield lambda act: pool.submit(act_and_close, act)


@pytest.fixture
def asks(cast: Cast, part: Recording) -> dict[str, Ask]:
    """The three ways to a link."""
    sitting = ListenFactory.create(
        recording=part, listener=cast.officer, purpose=Purpose.QUALITY
    )
    return {
        "listen": lambda: playback.open(
            recording_id=part.id,
            listener=cast.officer,
            purpose=Purpose.QUALITY,
            now=timezone.now(),
        ),
        "renewal": lambda: playback.renew(
            listen_id=sitting.id, listener=cast.officer, now=timezone.now()
        ),
        "copy": lambda: playback.download(
            recording_id=part.id,
            by=cast.officer,
            purpose=Purpose.QUALITY,
            recipient="Court clerk",
            organisation="",
            reason="order 12/26",
            now=timezone.now(),
        ),
    }


def refuse(cast: Cast, part: Recording) -> ConsentRecord:
    """The caller says no, or somebody reports that late."""
    kind = ConsentRecord.Kind.REFUSED
    told = consent.Told(kind=kind, occurred_at=part.ended_at or timezone.now())
    return consent.record(call=part.call, told=told, by=cast.service)


def somebody_waits() -> bool:
    """Whether a connection of this database waits for a lock."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_clear_snapshot()")
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        return bool(cursor.fetchone()[0])


@pytest.mark.parametrize("way", ["listen", "renewal", "copy"])
def test_who_asks_while_consent_is_being_refused_gets_no_link(
    cast: Cast,
    part: Recording,
    links: list[str],
    aside: Aside,
    asks: dict[str, Ask],
    way: str,
) -> None:
    before = Listen.objects.count()
    with transaction.atomic():
        refuse(cast, part)
        asked = aside(asks[way])
        until(somebody_waits)

    with pytest.raises(Refused) as refused:
        asked.result()
    assert refused.value.code == "purpose_closed"
    assert links == []
    assert (Listen.objects.count(), Disclosure.objects.count()) == (before, 0)


@pytest.mark.parametrize("way", ["listen", "renewal", "copy"])
def test_who_asked_before_has_an_entry_that_stands_before_the_refusal(
    cast: Cast,
    part: Recording,
    links: list[str],
    aside: Aside,
    asks: dict[str, Ask],
    way: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    granted, go_on = threading.Event(), threading.Event()
    append = log.append

    def slowly(*args: Any, **kwargs: Any) -> AuditEntry:
        entry = append(*args, **kwargs)
        if args[0] != Action.CONSENT_RECORDED:
            granted.set()
            assert go_on.wait(60)
        return entry

    monkeypatch.setattr(log, "append", slowly)
    asked = aside(asks[way])
    assert granted.wait(60)
    refused = aside(lambda: refuse(cast, part))
    until(somebody_waits)
    assert not ConsentRecord.objects.filter(kind=ConsentRecord.Kind.REFUSED).exists()
    go_on.set()

    assert asked.result()
    assert refused.result()
    assert len(links) == 1
    acts = AuditEntry.objects.order_by("-id").values_list("act", flat=True)
    grants = {Action.LISTEN_GRANTED, Action.LISTEN_RENEWED, Action.DOWNLOADED}
    assert acts[0] == Action.CONSENT_RECORDED
    assert acts[1] in grants
    with pytest.raises(Refused):
        asks[way]()


def test_two_who_listen_do_not_wait_for_each_other(
    cast: Cast, part: Recording, aside: Aside, asks: dict[str, Ask]
) -> None:
    with transaction.atomic():
        assert hearing.locked(part.id, listener=cast.reviewer)
        assert aside(asks["listen"]).result(60)
