"""Deletions: how far the sweep is, its pause, and what is brought back from the call."""

from collections.abc import Callable
from datetime import timedelta

from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django.fixtures import DjangoAssertNumQueries

from compliance.models import Person, SweepPause
from recordings.models import Recording
from tests.cast import Cast
from tests.factories.recordings import CallFactory, RecordingFactory

SignIn = Callable[[Person], Client]
DAY = timedelta(days=1)


def hidden(cast: Cast) -> Recording:
    """Over since yesterday by a policy, with three days of grace left."""
    now = timezone.now()
    return RecordingFactory.create(
        call=CallFactory.create(team=cast.claims),
        expires_at=now - DAY,
        gone_by=now + 3 * DAY,
        dating={"written": (now - DAY).isoformat(), "by_hand": None, "zone": "UTC"},
    )


def failed(cast: Cast) -> Recording:
    return RecordingFactory.create(
        call=CallFactory.create(team=cast.claims),
        state=Recording.State.EXPIRED,
        expires_at=timezone.now() - DAY,
        due_at=timezone.now(),
        setback="StoreRefused",
    )


def test_it_says_what_waits_what_is_hidden_and_what_failed(
    cast: Cast, sign_in: SignIn, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    hidden(cast), failed(cast)
    client = sign_in(cast.officer)
    client.get(reverse("deletions"))

    with django_assert_num_queries(14):
        html = client.get(reverse("deletions")).content.decode()

    assert "0 of 1 deleted today" in html
    assert "The store refused" in html
    assert "in a worker" in html
    assert "Hidden recordings" in html
    assert "hx-trigger" not in html.split('id="standing"')[1][:200], "nothing moves"


def test_a_pause_is_seen_by_all_who_write_policies_until_it_ends(
    cast: Cast, sign_in: SignIn
) -> None:
    client = sign_in(cast.officer)
    client.post(reverse("deletions-pause"), {"reason": " "})
    assert not SweepPause.objects.exists()
    client.post(reverse("deletions-pause"), {"reason": "An inquiry is coming"})

    for page in ("deletions", "policies"):
        html = client.get(reverse(page)).content.decode()
        assert "The sweep is paused by Olga Officer" in html
        assert "An inquiry is coming" in html

    client.post(reverse("deletions-resume"))
    assert "is paused by" not in client.get(reverse("policies")).content.decode()


def test_what_is_hidden_comes_back_from_the_panel_of_its_call(
    cast: Cast, sign_in: SignIn
) -> None:
    part = hidden(cast)
    client = sign_in(cast.officer)
    url = reverse("call", args=[part.call_id]) + "?panel=keep"
    before = client.get(url).content.decode()
    assert "Bring it back" in before
    assert "It is hidden, and deleted for ever from" in before

    client.post(reverse("bring-back", args=[part.id]), {"days": "30"})

    html = client.get(url).content.decode()
    assert "Bring it back" not in html
    part.refresh_from_db()
    assert part.spared_until
    assert part.spared_until > timezone.now() + 29 * DAY
