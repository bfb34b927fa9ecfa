"""Purges from the list of calls to the second person, and what the pages show of them."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

from django.test import Client
from django.urls import reverse
from django.utils import timezone

from compliance.access.roles import Role
from compliance.audit.actions import Action
from compliance.custody import Scope
from compliance.models import Approval, AuditEntry, Certificate, Person
from recordings.models import Purge, PurgeItem, Recording
from tests.cast import Cast
from tests.factories.compliance import DestructionReceiptFactory
from tests.factories.recordings import CallFactory, RecordingFactory
from tests.factories.second_person import second

SignIn = Callable[[Person], Client]
Entries = Callable[..., list[AuditEntry]]


def recorded(cast: Cast, **call: Any) -> Recording:
    now = timezone.now()
    made = CallFactory.create(
        started_at=now - timedelta(days=2), **{"team": cast.claims, **call}
    )
    return RecordingFactory.create(
        call=made, bytes=1_000, expires_at=now + timedelta(days=99)
    )


def test_a_filtered_list_is_rehearsed_looked_at_and_asked_of_a_second_person(
    cast: Cast, sign_in: SignIn, entries: Entries
) -> None:
    second(Role.OFFICER)
    part = recorded(cast)
    other = recorded(cast, team=cast.sales)
    client = sign_in(cast.officer)
    listed = client.get(reverse("calls"), {"team": str(cast.claims.pk)})
    query = listed.context["purge_query"]
    assert "Rehearse deletion" in listed.content.decode()

    answer = client.post(reverse("purge-rehearse"), {"listed": query})

    purge = Purge.objects.get()
    assert answer.headers["Location"] == reverse("purge", args=[purge.pk])
    html = client.get(reverse("purge", args=[purge.pk])).content.decode()
    assert "1 recording would go" in html
    assert str(part.pk) in html
    assert str(other.pk) not in html
    assert purge.sha256 in html
    assert 'class="bars' in html
    assert str(purge.pk) in client.get(reverse("purges")).content.decode()

    asked = client.post(reverse("purge-ask", args=[purge.pk]))
    approval = Approval.objects.get()
    assert asked.headers["Location"] == reverse("approval", args=[approval.pk])
    shown = client.get(reverse("approval", args=[approval.pk])).content.decode()
    assert purge.sha256 in shown

    file = client.get(reverse("purge-file", args=[purge.pk]))
    lines = b"".join(file.streaming_content).decode().splitlines()  # type: ignore[attr-defined]
    assert len(lines) == 2
    assert str(part.pk) in lines[1]
    assert entries(act=Action.PURGE_TAKEN)


def test_a_finished_purge_leads_to_its_certificate_and_back(
    cast: Cast, sign_in: SignIn
) -> None:
    part, now = recorded(cast), timezone.now()
    purge = Purge.objects.create(
        team=cast.claims,
        scope=Scope(team=cast.claims.pk).as_json(),
        frozen_by=cast.officer,
        state=Purge.State.RUNNING,
    )
    listed = {"purge": purge, "call_id": part.call_id, "state": part.state}
    gone = PurgeItem.Fate.GONE
    PurgeItem.objects.create(item_id=part.pk, fate=gone, **listed)
    PurgeItem.objects.create(item_id=uuid4(), fate=PurgeItem.Fate.HELD, **listed)
    DestructionReceiptFactory.create(item_id=part.pk, team_id=cast.claims.pk)
    client, page = sign_in(cast.officer), reverse("purge", args=[purge.pk])
    new = f"{reverse('certificate-new')}?purge={purge.pk}"
    assert new not in client.get(page).content.decode(), "not while it runs"
    Purge.objects.update(state=Purge.State.DONE, ended_at=now)
    assert new in client.get(page).content.decode()

    answer = client.post(new)

    made = Certificate.objects.get()
    assert (made.about, made.subject_id, made.items) == ("purge", purge.pk, 1)
    assert answer.headers["Location"] == reverse("certificate", args=[made.pk])
    assert page in client.get(answer.headers["Location"]).content.decode()
    assert answer.headers["Location"] in client.get(page).content.decode()


def test_nobody_without_the_verb_is_offered_it(cast: Cast, sign_in: SignIn) -> None:
    recorded(cast)

    html = sign_in(cast.lead).get(reverse("calls")).content.decode()

    assert "Rehearse deletion" not in html


def test_a_list_of_nothing_is_not_frozen(cast: Cast, sign_in: SignIn) -> None:
    client = sign_in(cast.officer)

    client.post(reverse("purge-rehearse"), {"listed": "when=all"})

    assert not Purge.objects.exists()
