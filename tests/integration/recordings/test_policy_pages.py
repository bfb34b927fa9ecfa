"""Retention: an officer reads, writes, adopts and ends policies; who shortens needs two."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django.fixtures import DjangoAssertNumQueries

from compliance.access import approving, grants
from compliance.access.roles import Role
from compliance.approvals import NotOpen
from compliance.audit.actions import Action
from compliance.models import Approval, AuditEntry, Person, RetentionPolicy
from compliance.retention import policies
from compliance.retention.periods import legal_calendar
from compliance.retention.policies import PolicyDraft, PolicyRefused
from recordings import dating
from recordings.models import Recording
from tests.cast import Cast
from tests.factories.compliance import PersonFactory, RetentionPolicyFactory
from tests.factories.recordings import CallFactory, RecordingFactory
from tests.factories.second_person import second

SignIn = Callable[[Person], Client]
Entries = Callable[..., list[AuditEntry]]


def form(**said: Any) -> dict[str, Any]:
    """What an officer types at least."""
    usual = {
        "name": "Claims, one year",
        "clock": "call_end",
        "least_unit": "Y",
        "most_unit": "Y",
        "play_unit": "Y",
        "most_count": "1",
        "citation": "Contract, section 4",
    }
    return usual | said


def written(cast: Cast, **said: Any) -> RetentionPolicy:
    """A draft of the officer's for the claims team."""
    usual: dict[str, Any] = {"name": "Usual", "team": cast.claims}
    return policies.write(
        draft=PolicyDraft(**usual | said), by=cast.officer, now=timezone.now()
    )


def preset(code: str) -> RetentionPolicy:
    return RetentionPolicy.objects.get(code=code, version=1)


def recorded(cast: Cast, *, days_ago: int) -> Recording:
    ended = timezone.now() - timedelta(days=days_ago)
    call = CallFactory.create(team=cast.claims, started_at=ended)
    part = RecordingFactory.create(
        call=call, ended_at=ended, hashed_at=ended, expires_at=None
    )
    dating.catch_up(now=timezone.now())
    return part


def test_the_list_tells_presets_from_what_somebody_adopted(
    cast: Cast, sign_in: SignIn
) -> None:
    RetentionPolicyFactory.create(name="Ours", team=cast.claims)

    html = sign_in(cast.officer).get(reverse("policies")).content.decode()

    adopted, presets = html.split('id="presets"')
    assert "Ours" in adopted
    assert "EU-MIFID2" in presets
    assert "default, unreviewed" in presets
    assert "5 years" in presets
    assert presets.count('class="lane"') == adopted.count('class="lane"') + 24


def test_the_list_takes_a_fixed_number_of_queries(
    cast: Cast, sign_in: SignIn, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    client = sign_in(cast.officer)
    client.get(reverse("policies"))
    for _ in range(3):
        RetentionPolicyFactory.create()
    written(cast, delete_after="P1Y")

    with django_assert_num_queries(12):
        client.get(reverse("policies"))


def test_a_policy_goes_from_the_form_to_every_recording(
    cast: Cast, sign_in: SignIn, entries: Entries
) -> None:
    """Written, looked at, put in force by the only officer; the recordings follow."""
    old, young = recorded(cast, days_ago=380), recorded(cast, days_ago=10)
    client = sign_in(cast.officer)

    answer = client.post(
        reverse("policy-new"), form(team=cast.claims.pk, places="de, us-ca")
    )
    draft = RetentionPolicy.objects.get(version=0)
    assert answer.headers["Location"] == reverse("policy", args=[draft.series])
    assert draft.places == ["DE", "US-CA"]
    client.post(
        reverse("policy-edit", args=[draft.series]),
        form(team=cast.claims.pk, places=""),
    )
    html = client.get(answer.headers["Location"]).content.decode()
    assert "What it would do, put in force now" in html
    assert "Nobody else here may approve it" in html
    told = " ".join(html.split())
    assert '<td class="num">2</td>' in told, "covers both"
    assert "go within the next 30 days" in told

    client.post(reverse("policy-publish", args=[draft.series]))
    assert dating.catch_up(now=timezone.now()) == 2

    (entry,) = entries(act=Action.POLICY_VERSIONED)
    assert entry.facts["delete_after"] == "P1Y"
    for part in (old, young):
        part.refresh_from_db()
        assert part.policy_id == draft.pk
        assert part.expires_at
        assert (part.expires_at < timezone.now()) is (part == old)
    html = client.get(reverse("policies")).content.decode()
    assert "adopted by" in html.split('id="presets"')[0]


def test_what_lets_anything_go_earlier_takes_two(cast: Cast, sign_in: SignIn) -> None:
    other = second(Role.OFFICER)
    part = recorded(cast, days_ago=10)
    draft = written(cast, delete_after="P1M")
    client = sign_in(cast.officer)

    client.post(reverse("policy-publish", args=[draft.series]))

    asked = Approval.objects.get()
    html = client.get(reverse("policy", args=[draft.series])).content.decode()
    assert "waiting for a second person" in html
    assert policies.current(draft.series) is None
    with pytest.raises(PolicyRefused):
        policies.drop(draft=draft, by=cast.officer)
    told = sign_in(other).get(reverse("approval", args=[asked.pk])).content.decode()
    assert "1 month" in told
    assert "Of them go within 30 days" in told
    now = timezone.now()
    approving.approve(approval=asked, by=other, now=now)
    asked.refresh_from_db()
    approving.carry_out(approval=asked, by=other, now=now)

    dating.catch_up(now=now)
    part.refresh_from_db()
    found = policies.current(draft.series)
    assert found
    assert (found.version, found.adopted_by) == (1, cast.officer)
    assert part.expires_at


def test_letting_go_earlier_takes_a_fresh_second_factor(
    cast: Cast, client: Client
) -> None:
    client.force_login(cast.officer)
    shorter = written(cast, delete_after="P1M")
    longer = written(cast, keep_at_least="P7Y")

    answers = [
        client.post(reverse("policy-publish", args=[one.series])).status_code
        for one in (shorter, longer)
    ]

    assert answers == [403, 302]
    assert policies.current(shorter.series) is None
    assert policies.current(longer.series)


def test_what_keeps_longer_takes_one(cast: Cast, sign_in: SignIn) -> None:
    second(Role.OFFICER)
    draft = written(cast, keep_at_least="P7Y")

    sign_in(cast.officer).post(reverse("policy-publish", args=[draft.series]))

    assert policies.current(draft.series)
    assert not Approval.objects.exists()


def test_a_preset_is_adopted_by_a_named_person(cast: Cast, sign_in: SignIn) -> None:
    row = preset("EU-MIFID2")
    client, url = sign_in(cast.officer), reverse("policy", args=[row.series])
    assert "destroys nothing until a named person adopts it" in (
        client.get(url).content.decode()
    )

    client.post(reverse("policy-adopt", args=[row.series]))
    client.post(reverse("policy-publish", args=[row.series]))

    current = policies.current(row.series)
    assert current
    assert (current.version, current.code) == (2, "EU-MIFID2")
    assert current.adopted_by == cast.officer
    assert current.keep_at_least == "P5Y"
    html = client.get(url).content.decode()
    assert "Adopt it" not in html
    assert "default, unreviewed" in html, "the version before stays"


def test_an_ended_policy_says_nothing_any_more(cast: Cast, sign_in: SignIn) -> None:
    policy = RetentionPolicyFactory.create(team=cast.claims)
    part = recorded(cast, days_ago=10)
    client = sign_in(cast.officer)

    client.post(reverse("policy-end", args=[policy.series]))
    client.post(reverse("policy-publish", args=[policy.series]))
    dating.catch_up(now=timezone.now())

    part.refresh_from_db()
    assert (part.expires_at, part.policy_id) == (None, None)
    html = client.get(reverse("policy", args=[policy.series])).content.decode()
    assert "ended: it says nothing any more" in html


@pytest.mark.parametrize(
    ("said", "wrong"),
    [
        ({"most_count": ""}, "Say how long"),
        ({"least_count": "2"}, "It would go before it may."),
        ({"places": "Berlin"}, "Not the ISO code of a place: BERLIN"),
        ({"numbers": "0301234567"}, "Each line wants one number"),
        ({"label_value": "X"}, "Which label?"),
    ],
)
def test_what_would_not_do_what_it_says_is_not_kept(
    cast: Cast, sign_in: SignIn, said: dict[str, str], wrong: str
) -> None:
    html = sign_in(cast.officer).post(reverse("policy-new"), form(**said)).content

    assert wrong in html.decode()
    assert not RetentionPolicy.objects.filter(version=0).exists()


def test_numbers_are_not_shown_again(cast: Cast, sign_in: SignIn) -> None:
    client = sign_in(cast.officer)
    client.post(reverse("policy-new"), form(numbers="+49 30 12345678"))
    draft = RetentionPolicy.objects.get(version=0)
    assert len(draft.numbers) == 1

    for name in ("policy", "policy-edit"):
        html = client.get(reverse(name, args=[draft.series])).content.decode()
        assert "12345678" not in html.replace(" ", "")
    client.post(reverse("policy-edit", args=[draft.series]), form())
    draft.refresh_from_db()
    assert len(draft.numbers) == 1, "kept, until they are dropped"
    client.post(reverse("policy-edit", args=[draft.series]), form(forget_numbers="on"))
    draft.refresh_from_db()
    assert draft.numbers == []


def test_who_keeps_one_team_reads_what_is_for_all_and_changes_his_own(
    cast: Cast, sign_in: SignIn
) -> None:
    own = PersonFactory.create(name="Tea Team")
    grants.grant(
        person=own, role=Role.OFFICER, by=None, team=cast.sales, now=timezone.now()
    )
    client, row = sign_in(own), preset("EU-MIFID2")
    mine = RetentionPolicyFactory.create(team=cast.sales)
    foreign = RetentionPolicyFactory.create(team=cast.claims, name="Foreign")

    def get(series: Any) -> int:
        return client.get(reverse("policy", args=[series])).status_code

    assert [get(one) for one in (row.series, mine.series)] == [200, 200]
    assert [get(one) for one in (foreign.series, uuid4())] == [404, 404]
    assert "Foreign" not in client.get(reverse("policies")).content.decode()
    adopt = reverse("policy-adopt", args=[row.series])
    assert client.post(adopt).status_code == 403
    assert client.post(reverse("policy-new"), form()).status_code == 200, "wants a team"
    client.post(reverse("policy-new"), form(team=cast.sales.pk))
    assert RetentionPolicy.objects.get(version=0).team == cast.sales


def test_a_draft_changed_after_it_was_asked_for_is_not_put_in_force(
    cast: Cast, sign_in: SignIn
) -> None:
    other = second(Role.OFFICER)
    draft = written(cast, delete_after="P1Y")
    sign_in(cast.officer).post(reverse("policy-publish", args=[draft.series]))
    asked, now = Approval.objects.get(), timezone.now()
    approving.approve(approval=asked, by=other, now=now)
    RetentionPolicy.objects.filter(pk=draft.pk).update(delete_after="P1D")
    asked.refresh_from_db()

    with pytest.raises(NotOpen, match="has changed"):
        approving.carry_out(approval=asked, by=other, now=now)
    assert policies.current(draft.series) is None


def test_an_authority_has_calls_kept_until_a_day(cast: Cast, sign_in: SignIn) -> None:
    second(Role.OFFICER)
    part, other = recorded(cast, days_ago=10), recorded(cast, days_ago=10)
    client, last = sign_in(cast.officer), timezone.localdate() + timedelta(days=700)
    said = {
        "name": "Request of an authority",
        "reference": "Az. 12 / 77",
        "citation": "Article 16(7)",
        "kept_until": last.isoformat(),
        "calls": f"https://calls.example/calls/{part.call_id}/",
    }

    client.post(reverse("policy-authority"), said)
    draft = RetentionPolicy.objects.get(version=0)
    html = client.get(reverse("policy", args=[draft.series])).content.decode()
    client.post(reverse("policy-publish", args=[draft.series]))
    dating.catch_up(now=timezone.now())

    assert "it covers" in html
    assert "It only keeps longer" in html
    assert "Az. 12 / 77" in html
    stored = RetentionPolicy.objects.filter(pk=draft.pk)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT reference FROM compliance_retentionpolicy WHERE id = %s", [draft.pk]
        )
        assert "77" not in cursor.fetchone()[0]
    assert stored.get().published_at
    part.refresh_from_db()
    other.refresh_from_db()
    assert part.keep_until == legal_calendar().end_of(last)
    assert other.keep_until is None
    panel = client.get(reverse("call", args=[part.call_id]) + "?panel=keep")
    assert "as an authority asked for it" in panel.content.decode()
    client.post(reverse("policy-end", args=[draft.series]))
    client.post(reverse("policy-publish", args=[draft.series]))
    assert Approval.objects.exists(), "ending it early takes two"


@pytest.mark.parametrize(
    ("said", "wrong"),
    [
        ({"calls": ""}, "Name either calls or numbers"),
        ({"numbers": "+493012345678"}, "Name either calls or numbers"),
        ({"kept_until": "2020-01-01"}, "This day is over already"),
        ({"calls": str(uuid4())}, "are no calls that you may see"),
    ],
)
def test_a_request_that_says_too_little_is_not_kept(
    cast: Cast, sign_in: SignIn, said: dict[str, str], wrong: str
) -> None:
    part = recorded(cast, days_ago=1)
    usual = {
        "name": "x",
        "reference": "y",
        "citation": "z",
        "kept_until": "2999-01-01",
        "calls": str(part.call_id),
    }

    html = sign_in(cast.officer).post(reverse("policy-authority"), usual | said)

    assert wrong in html.content.decode()
    assert not RetentionPolicy.objects.filter(version=0).exists()


def test_a_policy_for_several_teams_and_how_long_it_plays(
    cast: Cast, sign_in: SignIn
) -> None:
    client = sign_in(cast.officer)
    teams = [str(cast.claims.pk), str(cast.sales.pk)]

    wrong = client.post(reverse("policy-new"), form(play_count="2", play_unit="Y"))
    client.post(reverse("policy-new"), form(teams=teams, play_count="6", play_unit="M"))

    assert "It would be gone before that is over." in wrong.content.decode()
    draft = RetentionPolicy.objects.get(version=0)
    assert (draft.team, set(map(str, draft.teams))) == (None, set(teams))
    assert draft.playable_for == "P6M"
    html = client.get(reverse("policy", args=[draft.series])).content.decode()
    assert "Claims, Sales" in html
    assert "6 months" in html
