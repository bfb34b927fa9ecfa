"""The audit timeline: who reads it, what it shows, and that reading it is an entry."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from compliance.access import grants
from compliance.access.roles import Role
from compliance.audit import log
from compliance.audit.actions import Action
from compliance.models import AuditEntry, Person
from compliance.web import audit
from tests.cast import Cast

SignIn = Callable[[Person], Client]
Entries = Callable[..., list[AuditEntry]]


def _append(action: Action, cast: Cast, **facts: str | int) -> AuditEntry:
    with transaction.atomic():
        return log.append(action, subject=cast.claims, facts=facts, actor=cast.lead)


def test_it_works(cast: Cast, sign_in: SignIn) -> None:
    _append(
        Action.POLICY_VERSIONED,
        cast,
        version=2,
        keep_at_least="-",
        delete_after="P90D",
        ended=False,
    )

    page = sign_in(cast.auditor).get(reverse("audit")).content.decode()

    assert (
        "put version 2 of a policy in force: keep at least -, delete after P90D" in page
    )
    assert "Lena Lead" in page
    assert "gave Rosa Reviewer the role QA reviewer for team" in page


@pytest.mark.parametrize(
    "name", ["reviewer", "lead", "officer", "administrator", "stranger"]
)
def test_others_are_refused_with_a_reason(
    cast: Cast, sign_in: SignIn, entries: Entries, name: str
) -> None:
    answer = sign_in(cast.people[name]).get(reverse("audit"))

    page = answer.content.decode()
    (refusal,) = entries(act="access.refused")
    assert answer.status_code == 403
    assert "None of your roles allows this." in page
    assert "Ada Administrator" in page
    assert refusal.actor_id == cast.people[name].pk
    assert refusal.facts == {"verb": "read_audit", "reason": "no_role"}


def test_a_script_reads_the_refusal_as_json(cast: Cast, sign_in: SignIn) -> None:
    answer = sign_in(cast.reviewer).get(
        reverse("audit"), headers={"accept": "application/json"}
    )

    assert answer.status_code == 403
    assert answer.json()["verb"] == "read_audit"
    assert "Ada" in answer.json()["ask"]


def test_who_is_not_signed_in_goes_to_the_door(cast: Cast, client: Client) -> None:
    answer = client.get(reverse("audit"))

    assert answer.status_code == 302
    assert reverse("login") in answer["Location"]


def test_reading_is_an_entry_and_tells_which_filters(
    cast: Cast, sign_in: SignIn, entries: Entries
) -> None:
    browser = sign_in(cast.auditor)
    browser.get(
        reverse("audit"), {"person": str(cast.lead.pk), "outcome": "done", "act": ""}
    )

    (entry,) = entries(act="audit.read")
    assert entry.actor_id == cast.auditor.pk
    assert entry.facts == {"filters": "person,outcome", "entries": 0}


def test_no_entry_no_reading(
    cast: Cast, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise DatabaseError("disk full")

    browser = sign_in(cast.auditor)
    browser.raise_request_exception = False
    monkeypatch.setattr(log, "append", broken)

    answer = browser.get(reverse("audit"))
    assert answer.status_code == 500
    assert "Rosa" not in answer.content.decode()


def test_filters(cast: Cast, sign_in: SignIn) -> None:
    mine = _append(
        Action.POLICY_VERSIONED,
        cast,
        version=2,
        keep_at_least="-",
        delete_after="P90D",
        ended=False,
    )
    browser = sign_in(cast.auditor)
    today = timezone.now().date()
    cases: list[tuple[dict[str, str], bool]] = [
        ({"person": str(cast.lead.pk)}, True),
        ({"person": str(cast.officer.pk)}, False),
        ({"act": "policy.versioned"}, True),
        ({"act": "session.login"}, False),
        ({"outcome": "done"}, True),
        ({"outcome": "refused"}, False),
        ({"since": str(today), "until": str(today)}, True),
        ({"until": str(today - timedelta(days=1))}, False),
        ({"since": str(today + timedelta(days=2))}, False),
        ({"about": str(cast.claims.pk)}, True),
        ({"about": str(cast.sales.pk)}, False),
        ({"control": "mifid-76-keep"}, True),
        ({"control": "pci-10.2.1.3"}, False),
        ({"control": "mifid-76-keep", "act": "policy.versioned"}, True),
        ({"control": "mifid-76-keep", "act": "session.login"}, False),
        ({"purpose": "quality"}, False),
        ({"address": "192.0.2.1"}, False),
    ]
    for filters, found in cases:
        page = browser.get(reverse("audit"), filters).content.decode()
        assert (reverse("audit-entry", args=[mine.pk]) in page) is found, filters


@pytest.mark.parametrize(
    "filters",
    [
        *({"since": "yesterday"}, {"person": "x"}, {"about": "x"}, {"act": "x"}),
        *({"address": "x"}, {"purpose": "x"}, {"control": "x"}),
    ],
)
def test_a_filter_that_is_none_shows_nothing_and_says_so(
    cast: Cast, sign_in: SignIn, filters: dict[str, str]
) -> None:
    answer = sign_in(cast.auditor).get(reverse("audit"), filters)

    assert answer.status_code == 200
    assert "A filter could not be read" in answer.content.decode()


@pytest.mark.parametrize("name", ["since", "until"])
@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
def test_a_day_at_the_end_of_the_calendar_is_a_day(
    cast: Cast, sign_in: SignIn, name: str, day: str
) -> None:
    answer = sign_in(cast.auditor).get(reverse("audit"), {name: day})

    assert answer.status_code == 200


def test_pages_follow_each_other(
    cast: Cast, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit, "PAGE_SIZE", 2)
    made = [
        _append(
            Action.POLICY_VERSIONED,
            cast,
            version=n,
            keep_at_least="-",
            delete_after="P90D",
            ended=False,
        )
        for n in range(1, 6)
    ]
    browser = sign_in(cast.auditor)
    seen: list[int] = []
    url = f"{reverse('audit')}?act=policy.versioned"
    while url:
        context = browser.get(url).context
        seen += [line.entry.facts["version"] for line in context["lines"]]
        url = context["older_url"]

    assert seen == [5, 4, 3, 2, 1]
    assert len(made) == 5


def test_a_cursor_that_is_none_shows_the_first_page(
    cast: Cast, sign_in: SignIn
) -> None:
    assert (
        sign_in(cast.auditor).get(reverse("audit"), {"cursor": "?"}).status_code == 200
    )


def test_more_entries_cost_no_more_queries(cast: Cast, sign_in: SignIn) -> None:
    browser = sign_in(cast.auditor)
    browser.get(reverse("audit"))

    with CaptureQueriesContext(connection) as few:
        browser.get(reverse("audit"))
    for version in range(20):
        _append(
            Action.POLICY_VERSIONED,
            cast,
            version=version,
            keep_at_least="-",
            delete_after="P1D",
            ended=False,
        )
    with CaptureQueriesContext(connection) as many:
        browser.get(reverse("audit"))

    assert len(many) == len(few)


def test_an_auditor_of_a_team_reads_its_entries_only(
    cast: Cast, sign_in: SignIn
) -> None:
    grants.grant(
        person=cast.stranger,
        role=Role.AUDITOR,
        by=None,
        now=timezone.now(),
        team=cast.sales,
    )
    foreign = _append(
        Action.POLICY_VERSIONED,
        cast,
        version=2,
        keep_at_least="-",
        delete_after="P90D",
        ended=False,
    )
    browser = sign_in(cast.stranger)

    page = browser.get(reverse("audit")).content.decode()
    assert str(foreign.pk) not in page
    assert "the role" not in page


def test_an_entry_opens_to_its_facts(
    cast: Cast, sign_in: SignIn, entries: Entries
) -> None:
    entry = _append(
        Action.POLICY_VERSIONED,
        cast,
        version=2,
        keep_at_least="-",
        delete_after="P90D",
        ended=False,
    )

    page = (
        sign_in(cast.auditor)
        .get(reverse("audit-entry", args=[entry.pk]))
        .content.decode()
    )

    (read,) = entries(act="audit.entry_read")
    assert "delete_after" in page
    assert "carries the MAC it was written with" in page
    assert "Claims" in page
    assert read.object_pk == str(entry.pk)


def test_a_diff_is_told_field_by_field(cast: Cast, sign_in: SignIn) -> None:
    cast.stranger.name = "Stanislav Strange"
    cast.stranger.is_active = False
    with transaction.atomic():
        cast.stranger.save()
    entry = AuditEntry.objects.filter(act="record.changed").latest("id")

    page = (
        sign_in(cast.auditor)
        .get(reverse("audit-entry", args=[entry.pk]))
        .content.decode()
    )

    assert "The words are not kept in the log" in page
    assert '<td class="wrap">True</td>' in page


def test_a_changed_entry_is_shown_as_changed(cast: Cast, sign_in: SignIn) -> None:
    entry = _append(
        Action.POLICY_VERSIONED,
        cast,
        version=2,
        keep_at_least="-",
        delete_after="P90D",
        ended=False,
    )
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(
            "UPDATE compliance_auditentry SET outcome = 'failed' WHERE id = %s",
            [entry.pk],
        )
        cursor.execute("SET LOCAL session_replication_role = origin")

    page = (
        sign_in(cast.auditor)
        .get(reverse("audit-entry", args=[entry.pk]))
        .content.decode()
    )

    assert "does not fit its MAC" in page


def test_an_entry_of_another_team_is_a_404_and_an_entry(
    cast: Cast, sign_in: SignIn, entries: Entries
) -> None:
    grants.grant(
        person=cast.stranger,
        role=Role.AUDITOR,
        by=None,
        now=timezone.now(),
        team=cast.sales,
    )
    foreign = _append(
        Action.POLICY_VERSIONED,
        cast,
        version=2,
        keep_at_least="-",
        delete_after="P90D",
        ended=False,
    )

    answer = sign_in(cast.stranger).get(reverse("audit-entry", args=[foreign.pk]))

    (refusal,) = entries(act="access.refused")
    assert answer.status_code == 404
    assert refusal.object_pk == str(foreign.pk)
    assert refusal.facts["reason"] == "outside_scope"
