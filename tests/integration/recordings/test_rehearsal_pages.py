"""The frozen list of a draft: what is approved is what goes, and not a recording more."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from compliance.access import approving
from compliance.access.roles import Role
from compliance.approvals import NotOpen
from compliance.audit.actions import Action
from compliance.models import Approval, AuditEntry, Person, RetentionPolicy
from compliance.retention import policies
from compliance.retention.policies import PolicyDraft
from recordings import dating, frozen
from recordings.models import CallLabel, Recording, Rehearsal
from tests.cast import Cast
from tests.factories.recordings import CallFactory, RecordingFactory
from tests.factories.second_person import second

pytestmark = pytest.mark.django_db
SignIn = Callable[[Person], Client]
Entries = Callable[..., list[AuditEntry]]


def recorded(
    cast: Cast, *, days_ago: int, label: str = "X", stored: datetime | None = None
) -> Recording:
    ended = timezone.now() - timedelta(days=days_ago)
    call = CallFactory.create(team=cast.claims, started_at=ended)
    if label:
        CallLabel.objects.create(call=call, key="regime", value=label)
    part: Recording = RecordingFactory.create(
        call=call, ended_at=ended, hashed_at=stored or ended, expires_at=None, bytes=7
    )
    dating.catch_up(now=timezone.now())
    return part


def drafted(cast: Cast) -> RetentionPolicy:
    draft = PolicyDraft(
        name="Usual", team=cast.claims, delete_after="P1M", label_key="regime"
    )
    return policies.write(draft=draft, by=cast.officer, now=timezone.now())


def asked_with_a_list(client: Client, draft: RetentionPolicy) -> Approval:
    client.post(reverse("policy-rehearse", args=[draft.series]))
    shown = Rehearsal.objects.get()
    said = {"rehearsal": shown.pk}
    for _ in range(2):
        client.post(reverse("policy-publish", args=[draft.series]), said)
    return Approval.objects.get()


def carried_out(asked: Approval, by: Person) -> None:
    now = timezone.now()
    if asked.state == Approval.State.ASKED:
        approving.approve(approval=asked, by=by, now=now)
        asked.refresh_from_db()
    approving.carry_out(approval=asked, by=by, now=now)


def test_a_draft_is_frozen_looked_at_asked_and_put_in_force(
    cast: Cast, sign_in: SignIn, entries: Entries
) -> None:
    other = second(Role.OFFICER)
    old, young = recorded(cast, days_ago=20), recorded(cast, days_ago=2)
    recorded(cast, days_ago=20, label="")
    draft, client = drafted(cast), sign_in(cast.officer)

    asked = asked_with_a_list(client, draft)

    shown = Rehearsal.objects.get()
    assert (shown.recordings, shown.bytes) == (2, 14)
    assert asked.content["sha256"] == shown.sha256 == frozen.sha256(shown.items.all())
    assert asked.content["earlier"] == 2
    html = client.get(reverse("rehearsal", args=[shown.pk])).content.decode()
    assert "2 recordings would go earlier" in html
    assert html.index(str(old.pk)) < html.index(str(young.pk)), "what goes first"
    assert shown.sha256 in html
    answer = client.get(reverse("rehearsal-file", args=[shown.pk]))
    csv = b"".join(answer.streaming_content).decode()  # type: ignore[attr-defined]
    assert str(old.call_id) in csv
    assert len(csv.splitlines()) == 3
    assert entries(act=Action.REHEARSAL_TAKEN)
    carried_out(asked, other)
    current = policies.current(draft.series)
    assert current
    assert current.pk == draft.pk


def test_a_list_that_has_grown_is_rehearsed_again(cast: Cast, sign_in: SignIn) -> None:
    """A label that comes later would let go what nobody has seen on the list."""
    other = second(Role.OFFICER)
    recorded(cast, days_ago=20)
    late = recorded(cast, days_ago=20, label="")
    draft = drafted(cast)
    asked = asked_with_a_list(sign_in(cast.officer), draft)
    CallLabel.objects.create(call=late.call, key="regime", value="X")

    with pytest.raises(NotOpen, match="The list has grown: 1 more"):
        carried_out(asked, other)
    assert policies.current(draft.series) is None

    CallLabel.objects.filter(call=late.call).delete()
    asked.refresh_from_db()
    carried_out(asked, other)
    assert policies.current(draft.series)


def test_what_is_recorded_after_the_freezing_does_not_stop_it(
    cast: Cast, sign_in: SignIn
) -> None:
    other = second(Role.OFFICER)
    recorded(cast, days_ago=20)
    draft = drafted(cast)
    asked = asked_with_a_list(sign_in(cast.officer), draft)
    recorded(cast, days_ago=20, stored=timezone.now())

    carried_out(asked, other)

    assert policies.current(draft.series)


def test_an_item_taken_from_the_list_behind_our_back_stops_it(
    cast: Cast, sign_in: SignIn
) -> None:
    other = second(Role.OFFICER)
    recorded(cast, days_ago=2)
    recorded(cast, days_ago=20)
    asked = asked_with_a_list(sign_in(cast.officer), drafted(cast))
    Rehearsal.objects.get().items.all()[:1].get().delete()

    with pytest.raises(NotOpen, match="not what it was"):
        carried_out(asked, other)


def test_a_list_nobody_was_asked_about_makes_way(cast: Cast, sign_in: SignIn) -> None:
    second(Role.OFFICER)
    recorded(cast, days_ago=2)
    draft, client = drafted(cast), sign_in(cast.officer)
    for _ in range(2):
        client.post(reverse("policy-rehearse", args=[draft.series]))
    assert Rehearsal.objects.count() == 1
    html = client.get(
        reverse("rehearsal", args=[Rehearsal.objects.get().pk])
    ).content.decode()
    assert "Ask a second person with this list" in html

    said = PolicyDraft(**{**PolicyDraft.of(draft).__dict__, "delete_after": "P2M"})
    policies.write(draft=said, by=cast.officer, now=timezone.now(), series=draft.series)
    html = client.post(
        reverse("policy-publish", args=[draft.series]),
        {"rehearsal": Rehearsal.objects.get().pk},
        follow=True,
    ).content.decode()
    assert "The draft has changed since" in html
    assert not Approval.objects.exists()
