"""What the stores do by themselves: looked at rule by rule, asked for, refused when moved."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from compliance.audit.actions import Action
from compliance.models import AuditEntry, Person
from recordings import store_rules
from recordings.models import StoreRules
from recordings.web.store_rules import State
from tests.cast import Cast

pytestmark = pytest.mark.django_db
SignIn = Callable[[Person], Client]
Entries = Callable[..., list[AuditEntry]]
THEIRS = {"id": "clean up", "text": '{\n "Days": 30\n}', "destroys": True}
NET = {"id": "earwitness-sweep-458", "text": '{\n "Days": 458\n}', "destroys": False}
OLD_NET = NET | {"text": '{\n "Days": 90\n}'}


@pytest.fixture
def row() -> StoreRules:
    """A bucket with a rule of others, and one of ours that says another thing."""
    return StoreRules.objects.create(
        store="s3:eu-central-1:calls",
        state=State.DRIFTED,
        looked_at="2026-11-21T10:00Z",
        found=[THEIRS, OLD_NET],
        planned=[THEIRS, NET],
    )


def test_the_difference_is_shown_rule_by_rule(
    cast: Cast, sign_in: SignIn, row: StoreRules
) -> None:
    client = sign_in(cast.officer)
    listed = client.get(reverse("store-rules-list")).content.decode()

    html = client.get(reverse("store-rules", args=[row.pk])).content.decode()

    assert row.store in listed
    assert "changed past the portal" in listed
    assert "<del>-  &quot;Days&quot;: 90</del>" in html
    assert "<ins>+  &quot;Days&quot;: 458</ins>" in html
    assert "may destroy recordings" in html
    assert html.index("earwitness-sweep-458") < html.index("clean up")


def test_it_is_asked_for_once_as_it_was_shown(
    cast: Cast, sign_in: SignIn, row: StoreRules, entries: Entries
) -> None:
    client, seen = sign_in(cast.officer), store_rules.shown(row)
    apply = reverse("store-rules-apply", args=[row.pk])
    StoreRules.objects.update(found=[OLD_NET])
    client.post(apply, {"seen": seen})
    assert not entries(act=Action.LIFECYCLE_ASKED), "it moved since it was shown"
    StoreRules.objects.update(found=row.found)

    client.post(apply, {"seen": seen})
    client.post(apply, {"seen": seen})

    row.refresh_from_db()
    assert row.asked_by == cast.officer
    assert len(entries(act=Action.LIFECYCLE_ASKED)) == 1
    html = client.get(reverse("store-rules", args=[row.pk])).content.decode()
    assert "being written" in html
    assert "Write these rules" not in html


def test_a_store_without_rules_says_who_destroys(
    cast: Cast, sign_in: SignIn, row: StoreRules
) -> None:
    StoreRules.objects.update(state=State.NONE, found=[], planned=[])
    client = sign_in(cast.officer)

    html = client.get(reverse("store-rules", args=[row.pk])).content.decode()

    assert "The worker destroys what is over" in html
    assert "Write these rules" not in html
    client.post(reverse("store-rules-look", args=[row.pk]))
    row.refresh_from_db()
    assert row.looked_at is None
