"""Event subscriptions in the admin site: made, shown a secret once, tried, switched off."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from compliance.models import AuditEntry, Person
from recordings.models import EventSubscription, OutgoingEvent
from tests.cast import Cast
from tests.factories.recordings import EventSubscriptionFactory

SignIn = Callable[[Person], Client]
Entries = Callable[..., list[AuditEntry]]
LIST = "admin:recordings_eventsubscription_changelist"
ADD = "admin:recordings_eventsubscription_add"
SENT = "admin:recordings_outgoingevent_changelist"
FORM = {
    "name": "Quality desk",
    "url": "https://93.184.216.34/events?token=t0psecret",
    "kinds": ["call.ended", "alert.opened"],
    "team": "",
    "is_active": "on",
}


def made(browser: Client, **changes: Any) -> str:
    """Add one; the page that follows."""
    answer = browser.post(reverse(ADD), FORM | changes, follow=True)
    assert answer.status_code == 200
    return answer.content.decode()


def secret_of(page: str) -> str:
    """The secret that the page tells."""
    found = re.search(r"whsec_[A-Za-z0-9+/=]+", page)
    assert found
    return found[0]


def act(browser: Client, url_name: str, name: str, row: Any) -> str:
    """Carry out an action of a list on a row."""
    data = {"action": name, "_selected_action": str(row.pk)}
    return browser.post(reverse(url_name), data, follow=True).content.decode()


def test_its_secret_is_told_once_and_sealed(
    cast: Cast, sign_in: SignIn, entries: Entries
) -> None:
    browser = sign_in(cast.administrator)
    secret = secret_of(made(browser))

    row = EventSubscription.objects.get()
    assert (row.secret, row.kinds) == (secret, ["call.ended", "alert.opened"])
    assert row.secret_key_id
    with connection.cursor() as cursor:
        cursor.execute("SELECT secret FROM recordings_eventsubscription")
        assert secret not in cursor.fetchone()[0]
    for url in (
        reverse(LIST),
        reverse("admin:recordings_eventsubscription_change", args=[row.pk]),
    ):
        assert "whsec_" not in browser.get(url).content.decode()
    (entry,) = entries(act="subscription.secret_made")
    assert (entry.actor, entry.object_pk) == (cast.administrator, str(row.pk))
    told = str([(one.facts, one.changes) for one in entries()])
    assert "whsec_" not in told
    assert "t0psecret" not in told, "an address may hold a secret too"


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("http://subscriber.example/", "https only"),
        ("https://10.1.2.3/", "private network"),
        ("https://user:word@93.184.216.34/", "plain address"),
    ],
)
def test_a_bad_address_is_refused_with_its_reason(
    cast: Cast, sign_in: SignIn, url: str, why: str
) -> None:
    assert why in made(sign_in(cast.administrator), url=url)
    assert not EventSubscription.objects.exists()


@pytest.mark.parametrize("who", ["officer", "auditor", "lead"])
def test_others_see_and_make_none(cast: Cast, sign_in: SignIn, who: str) -> None:
    browser = sign_in(cast.people[who])
    for url in (reverse(LIST), reverse(ADD), reverse(SENT)):
        assert browser.get(url).status_code == 403
    assert browser.post(reverse(ADD), FORM).status_code == 403
    assert not EventSubscription.objects.exists()


def test_a_change_is_a_diff_without_the_address(
    cast: Cast, sign_in: SignIn, entries: Entries
) -> None:
    row = EventSubscriptionFactory.create()
    url = reverse("admin:recordings_eventsubscription_change", args=[row.pk])
    sign_in(cast.administrator).post(url, FORM | {"is_active": ""})

    row.refresh_from_db()
    assert (row.name, row.is_active) == ("Quality desk", False)
    entry = entries(act="record.changed", object_pk=str(row.pk))[-1]
    assert entry.changes
    assert entry.changes["is_active"] == ["True", "False"]
    assert "93.184" not in str(entry.changes["url"])


def test_a_test_is_on_its_way(cast: Cast, sign_in: SignIn) -> None:
    row = EventSubscriptionFactory.create()
    page = act(sign_in(cast.administrator), LIST, "send_test", row)
    assert "On its way" in page
    event = OutgoingEvent.objects.get()
    assert (event.kind, event.subscription) == ("test", row)


def test_a_new_secret_is_told_once(cast: Cast, sign_in: SignIn) -> None:
    row = EventSubscriptionFactory.create()
    before = row.secret
    secret = secret_of(act(sign_in(cast.administrator), LIST, "renew_secret", row))
    row.refresh_from_db()
    assert (row.secret, row.old_secret) == (secret, before)


def test_what_was_given_up_is_sent_again(
    cast: Cast, sign_in: SignIn, entries: Entries
) -> None:
    row = EventSubscriptionFactory.create()
    browser = sign_in(cast.administrator)
    act(browser, LIST, "send_test", row)
    OutgoingEvent.objects.update(state="given_up", last_status="500")
    event = OutgoingEvent.objects.get()
    assert "500" in browser.get(reverse(SENT)).content.decode()

    assert "1 message is sent again." in act(browser, SENT, "send_again", event)

    event.refresh_from_db()
    assert event.state == "waiting"
    assert len(entries(act="event.sent_again")) == 1
