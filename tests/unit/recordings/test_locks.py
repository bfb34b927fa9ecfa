"""Until when and how firmly the store is to lock a recording, and what is said of it."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from compliance.models import RetentionPolicy
from recordings import dating, locks
from recordings.models import Recording
from recordings.web import store_words
from tests.cast import Cast
from tests.factories.compliance import RetentionPolicyFactory
from tests.factories.recordings import CallFactory, RecordingFactory

pytestmark = pytest.mark.django_db
Said = Recording.StoreLock
FIRM = RetentionPolicy.LockMode.COMPLIANCE


def dated(cast: Cast) -> Recording:
    now = timezone.now()
    call = CallFactory.create(team=cast.claims, started_at=now)
    part = RecordingFactory.create(call=call, ended_at=now, hashed_at=now)
    dating.catch_up(now=now)
    part.refresh_from_db()
    return part


@pytest.mark.parametrize(
    ("said", "firmly"),
    [
        ({"keep_at_least": "P1Y", "lock_mode": FIRM}, True),
        ({"keep_at_least": "P1Y"}, False),
        ({"keep_at_least": "P1Y", "lock_mode": FIRM, "adopted_by": None}, False),
        ({"delete_after": "P1Y", "lock_mode": FIRM}, False),
    ],
    ids=["compliance", "governance", "nobody adopted it", "no floor"],
)
def test_only_an_adopted_floor_locks_firmly(
    cast: Cast, said: dict[str, object], firmly: bool
) -> None:
    RetentionPolicyFactory.create(**{"team": cast.claims, "delete_after": "", **said})

    assert dated(cast).locks_firmly is firmly


def test_a_floor_that_changes_is_told_to_the_store_at_once(cast: Cast) -> None:
    part, now = dated(cast), timezone.now()
    locks.settle(now=now)
    assert not locks.settle(now=now)

    RetentionPolicyFactory.create(team=cast.claims, keep_at_least="P3Y")
    dating.catch_up(now=now)

    part.refresh_from_db()
    assert part.store_due_at is None


def test_the_page_says_what_the_store_does(cast: Cast, client: Client) -> None:
    now = timezone.now()
    RetentionPolicyFactory.create(team=cast.claims, keep_at_least="P1Y")
    part = dated(cast)
    client.force_login(cast.officer)
    page = reverse("call", args=[part.call_id]) + "?panel=keep"
    Recording.objects.update(store_lock=Said.UNABLE)
    assert "Its store has no locks" in client.get(page).content.decode()
    until = now + timedelta(days=800)
    Recording.objects.update(store_lock=Said.LOCKED, locked_until=until)

    html = client.get(page).content.decode()

    assert "may bypass its governance mode" in html
    assert "longer than its floor" in html


def test_a_mode_that_came_too_late_is_said(cast: Cast) -> None:
    now = timezone.now()
    part = dated(cast)
    part.keep_until = part.locked_until = now + timedelta(days=9)
    part.store_lock, part.locks_firmly = Said.LOCKED, True

    assert "keeps its mode" in " ".join(store_words.lock(part, now=now))
    part.locked_firmly = True
    assert len(store_words.lock(part, now=now)) == 1
