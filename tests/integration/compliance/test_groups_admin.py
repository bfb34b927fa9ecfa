"""Groups on the admin site: members by the use cases, or told by a provider."""

from collections.abc import Callable

from django.test import Client
from django.urls import reverse

from compliance.models import AuditEntry, Group, Person
from tests.cast import Cast

SignIn = Callable[[Person], Client]


def test_a_group_is_made_and_filled(
    cast: Cast, sign_in: SignIn, entries: Callable[..., list[AuditEntry]]
) -> None:
    browser = sign_in(cast.administrator)
    url = reverse("admin:compliance_group_add")
    made = browser.post(url, {"name": "Night", "members": [str(cast.reviewer.pk)]})

    group = Group.objects.get()
    assert made.status_code == 302
    assert set(group.members.all()) == {cast.reviewer}

    change = reverse("admin:compliance_group_change", args=[group.pk])
    browser.post(change, {"name": "Night", "members": [str(cast.lead.pk)]})
    assert set(group.members.all()) == {cast.lead}
    assert [entry.act for entry in entries(act__startswith="group.")] == [
        "group.joined",
        "group.left",
        "group.joined",
    ]


def test_nobody_puts_himself_in(cast: Cast, sign_in: SignIn) -> None:
    group = Group.objects.create(name="Night")
    answer = sign_in(cast.administrator).post(
        reverse("admin:compliance_group_change", args=[group.pk]),
        {"name": "Night", "members": [str(cast.administrator.pk)]},
    )

    assert answer.status_code == 403
    assert group.members.count() == 0


def test_what_a_provider_tells_is_not_changed_here(cast: Cast, sign_in: SignIn) -> None:
    group = Group.objects.create(name="Night", external_id="0af3")
    group.members.add(cast.reviewer)
    sign_in(cast.administrator).post(
        reverse("admin:compliance_group_change", args=[group.pk]),
        {"name": "Day", "members": []},
    )

    group.refresh_from_db()
    assert group.name == "Night"
    assert set(group.members.all()) == {cast.reviewer}
