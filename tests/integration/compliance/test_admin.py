"""The admin site: each list opens for its verb, and acts go through use cases."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib import admin as django_admin
from django.core.exceptions import ValidationError
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from compliance.access import people
from compliance.admin import paging
from compliance.admin.paging import EstimatedPaginator
from compliance.admin.site import site
from compliance.consent import duties
from compliance.models import (
    AuditEntry,
    AuditNode,
    Person,
    RetentionPolicy,
    RoleGrant,
    ServiceKey,
    Team,
)
from recordings.models import Call, Recording
from tests.cast import PASSWORD, Cast
from tests.factories import compliance as law
from tests.factories import recordings as made

SignIn = Callable[[Person], Client]
Entries = Callable[..., list[AuditEntry]]
MODELS = sorted(site._registry, key=lambda model: model._meta.label)
NUMBER = "+4930987654321"
NAME = "Wilhelmine Weber"


def _url(model: Any, page: str, *args: Any) -> str:
    return reverse(
        f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args
    )


@pytest.fixture
def everything(cast: Cast) -> Cast:
    """A row of every kind, with a number and a name in every sealed field."""
    call = made.CallFactory.create(team=cast.claims, room__name=NUMBER)
    number = law.PhoneNumberFactory.create(e164=NUMBER)
    made.PartyFactory.create(call=call, number=number, name=NAME, identity=NUMBER)
    recording = made.RecordingFactory.create(call=call)
    made.ListenFactory.create(recording=recording, listener=cast.lead, reason=NAME)
    made.DisclosureFactory.create(recording=recording, by=cast.lead, recipient=NAME)
    made.ConsentRecordFactory.create(call=call, evidence=NAME)
    made.ConsentVerdictFactory.create(call=call)
    made.AlertFactory.create(team=cast.claims)
    made.LiveKitEventFactory.create(payload=f'{{"number": "{NUMBER}"}}')
    made.TrunkFactory.create(team=cast.claims, number=number)
    law.RetentionPolicyFactory.create(team=cast.claims)
    law.ConsentRuleFactory.create()
    return cast


def test_every_model_is_there() -> None:
    from django.apps import apps

    ours = {
        model
        for label in ("compliance", "recordings")
        for model in apps.get_app_config(label).get_models()
    }
    assert ours - {AuditNode} == set(site._registry)  # worked out from the leaves


def test_auditlogs_own_page_is_gone() -> None:
    assert AuditEntry not in django_admin.site._registry


@pytest.mark.parametrize("who", ["officer", "auditor", "administrator"])
def test_each_list_opens_or_refuses_and_shows_nothing_sealed(
    everything: Cast, sign_in: SignIn, who: str
) -> None:
    browser = sign_in(everything.people[who])
    opened = 0
    for model in MODELS:
        answer = browser.get(_url(model, "changelist"))
        assert answer.status_code in {200, 403}, model
        _assert_nothing_sealed(answer)
        if answer.status_code == 403:
            continue
        opened += 1
        row = site._registry[model].get_queryset(answer.wsgi_request).first()
        if row is not None:
            detail = browser.get(_url(model, "change", row.pk))
            assert detail.status_code == 200, model
            _assert_nothing_sealed(detail)

    assert opened >= 5


def _assert_nothing_sealed(answer: Any) -> None:
    page = answer.content.decode()
    assert NUMBER not in page
    assert NAME not in page


def test_nothing_is_deleted(everything: Cast, sign_in: SignIn) -> None:
    browsers = [
        sign_in(everything.people[who])
        for who in ("officer", "auditor", "administrator")
    ]
    for model in MODELS:
        row = model._default_manager.first()
        if row is None:
            continue
        url = _url(model, "delete", row.pk)
        for browser in browsers:
            assert browser.post(url, {"post": "yes"}).status_code in {302, 403, 404}
        assert model._default_manager.filter(pk=row.pk).exists(), model


@pytest.mark.parametrize("who", ["reviewer", "lead", "stranger"])
def test_others_are_refused_with_a_reason(
    cast: Cast, sign_in: SignIn, entries: Entries, who: str
) -> None:
    answer = sign_in(cast.people[who]).get(reverse("admin:index"))

    assert answer.status_code == 403
    assert "Ada Administrator" in answer.content.decode()
    assert [entry.facts["verb"] for entry in entries(act="access.refused")] == [
        "use_admin"
    ]


def test_who_is_not_signed_in_goes_to_our_door(cast: Cast, client: Client) -> None:
    answer = client.get(reverse("admin:index"), follow=True)

    assert answer.redirect_chain[-1][0].startswith(reverse("login"))


def test_the_administrator_sees_no_calls(everything: Cast, sign_in: SignIn) -> None:
    browser = sign_in(everything.administrator)

    refusal = browser.get(_url(Call, "changelist"))
    assert refusal.status_code == 403
    assert "None of your roles allows this." in refusal.content.decode()
    assert browser.get(_url(Recording, "changelist")).status_code == 403
    index = browser.get(reverse("admin:index")).content.decode()
    assert "Trunks" in index
    assert _url(Recording, "changelist") not in index


def test_the_history_of_a_row_is_in_the_audit_log(cast: Cast, sign_in: SignIn) -> None:
    answer = sign_in(cast.auditor).get(_url(Team, "history", cast.claims.pk))

    assert answer["Location"] == f"{reverse('audit')}?about={cast.claims.pk}"


def test_the_list_of_calls_costs_the_same_for_many(
    everything: Cast, sign_in: SignIn
) -> None:
    browser = sign_in(everything.officer)
    url = _url(Call, "changelist")
    browser.get(url)
    with CaptureQueriesContext(connection) as few:
        browser.get(url)
    for _ in range(5):
        made.CallFactory.create(team=everything.claims)
    with CaptureQueriesContext(connection) as many:
        browser.get(url)

    assert len(many) == len(few)


def test_a_search_for_what_is_no_id_finds_nothing(
    everything: Cast, sign_in: SignIn
) -> None:
    answer = sign_in(everything.officer).get(
        _url(Call, "changelist"), {"q": "no such thing"}
    )

    assert answer.status_code == 200


@pytest.mark.parametrize("lookup", ["password__startswith", "last_login__gt"])
def test_what_is_not_shown_is_not_guessed(
    cast: Cast, sign_in: SignIn, lookup: str
) -> None:
    answer = sign_in(cast.administrator).get(
        _url(Person, "changelist"), {lookup: "pbkdf2"}
    )

    assert answer.status_code == 400


def test_there_is_no_way_around_to_a_row(cast: Cast, sign_in: SignIn) -> None:
    assert sign_in(cast.administrator).get("/admin/r/1/1/").status_code == 404


def test_somebody_is_taken_in(cast: Cast, sign_in: SignIn, entries: Entries) -> None:
    answer = sign_in(cast.administrator).post(
        _url(Person, "add"),
        {
            "name": NAME,
            "email": "Wilma@Example.org",
            "kind": "human",
            "new_password": PASSWORD,
        },
    )

    person = Person.objects.get(email="wilma@example.org")
    created = entries(act="record.created", object_pk=str(person.pk))[-1]
    assert answer.status_code == 302
    assert person.check_password(PASSWORD)
    assert created.actor_id == cast.administrator.pk
    assert NAME not in str(created.changes)


def test_a_weak_password_is_refused(cast: Cast, sign_in: SignIn) -> None:
    answer = sign_in(cast.administrator).post(
        _url(Person, "add"),
        {"name": NAME, "email": "w@example.org", "kind": "human", "new_password": "x"},
    )

    assert answer.status_code == 200
    assert not Person.objects.filter(email="w@example.org").exists()


def test_a_weak_password_is_refused_by_the_use_case_too(cast: Cast) -> None:
    with pytest.raises(ValidationError):
        people.set_password(person=cast.stranger, password="x", by=cast.administrator)


def _person_form(person: Person, **changes: str) -> dict[str, str]:
    form = {"name": person.name, "email": person.email, "is_active": "on"}
    return {**form, **changes}


def test_a_new_password_is_an_entry(
    cast: Cast, sign_in: SignIn, entries: Entries
) -> None:
    sign_in(cast.administrator).post(
        _url(Person, "change", cast.stranger.pk),
        _person_form(cast.stranger, new_password="a whole new password"),
    )

    cast.stranger.refresh_from_db()
    assert cast.stranger.check_password("a whole new password")
    (entry,) = entries(act="person.password_set")
    assert entry.object_pk == str(cast.stranger.pk)


def test_somebody_is_shut_out(cast: Cast, sign_in: SignIn) -> None:
    form = _person_form(cast.stranger)
    del form["is_active"]
    sign_in(cast.administrator).post(_url(Person, "change", cast.stranger.pk), form)

    cast.stranger.refresh_from_db()
    assert not cast.stranger.is_active


def test_nobody_shuts_himself_out(cast: Cast, sign_in: SignIn) -> None:
    form = _person_form(cast.administrator)
    del form["is_active"]
    answer = sign_in(cast.administrator).post(
        _url(Person, "change", cast.administrator.pk), form
    )

    cast.administrator.refresh_from_db()
    assert answer.status_code == 403
    assert cast.administrator.is_active


def test_a_role_is_given(cast: Cast, sign_in: SignIn, entries: Entries) -> None:
    answer = sign_in(cast.administrator).post(
        _url(RoleGrant, "add"),
        {"person": cast.stranger.pk, "role": "reviewer", "team": cast.sales.pk},
    )

    grant = cast.stranger.grants.get()
    assert answer.status_code == 302
    assert (grant.scope, grant.team, grant.granted_by) == (
        "team",
        cast.sales,
        cast.administrator,
    )
    assert entries(act="role.granted")[-1].object_pk == str(cast.stranger.pk)


def test_a_role_has_one_scope(cast: Cast, sign_in: SignIn) -> None:
    answer = sign_in(cast.administrator).post(
        _url(RoleGrant, "add"),
        {
            "person": cast.stranger.pk,
            "role": "reviewer",
            "team": cast.sales.pk,
            "region": cast.south.pk,
        },
    )

    assert answer.status_code == 200
    assert "one at most" in answer.content.decode()


def test_nobody_gives_himself_a_role(
    cast: Cast, sign_in: SignIn, entries: Entries
) -> None:
    answer = sign_in(cast.administrator).post(
        _url(RoleGrant, "add"), {"person": cast.administrator.pk, "role": "officer"}
    )

    assert answer.status_code == 403
    assert cast.administrator.grants.count() == 1
    assert entries(act="access.refused")[-1].facts["reason"] == "oneself"


def test_a_role_is_ended_from_the_list(
    cast: Cast, sign_in: SignIn, entries: Entries
) -> None:
    grant = cast.reviewer.grants.get()
    sign_in(cast.administrator).post(
        _url(RoleGrant, "changelist"),
        {"action": "end_now", "_selected_action": [str(grant.pk)]},
    )

    grant.refresh_from_db()
    assert grant.valid_until is not None
    assert len(entries(act="role.ended")) == 1


def test_a_grant_is_not_edited(cast: Cast, sign_in: SignIn) -> None:
    grant = cast.reviewer.grants.get()
    sign_in(cast.administrator).post(
        _url(RoleGrant, "change", grant.pk),
        {"person": cast.stranger.pk, "role": "officer"},
    )

    grant.refresh_from_db()
    assert (grant.person, grant.role) == (cast.reviewer, "reviewer")


def test_settings_offer_to_change_only_what_can_be(cast: Cast, sign_in: SignIn) -> None:
    browser = sign_in(cast.administrator)
    index = browser.get(reverse("admin:index")).content.decode()
    offers = set(re.findall(r'href="([^"]+)" class="changelink"', index))

    assert _url(Team, "changelist") in offers
    assert _url(RoleGrant, "changelist") not in offers
    assert _url(ServiceKey, "changelist") not in offers
    listed = browser.get(_url(RoleGrant, "changelist")).content.decode()
    assert "Select role grant to view" in listed
    assert "End the chosen roles now" in listed


def test_keys_are_only_read_here(cast: Cast, sign_in: SignIn) -> None:
    browser = sign_in(cast.administrator)
    answer = browser.post(
        _url(ServiceKey, "add"), {"service": cast.service.pk, "name": "staging"}
    )

    assert answer.status_code == 403
    assert not ServiceKey.objects.exists()
    assert browser.get(_url(ServiceKey, "changelist")).status_code == 200


def test_a_team_is_edited_and_the_diff_names_the_editor(
    cast: Cast, sign_in: SignIn, entries: Entries
) -> None:
    answer = sign_in(cast.administrator).post(
        _url(Team, "change", cast.claims.pk),
        {
            "name": "Claims",
            "region": cast.north.pk,
            "seat": "DE",
            "purposes": ["evidence", "security"],
            "on_withdrawal": "keep",
            "separate_sides": "on",
            "staffed_by": "agents",
            "file_format": "mp3",
            "pause_seconds": "300",
        },
    )

    cast.claims.refresh_from_db()
    entry = entries(act="record.changed", object_pk=str(cast.claims.pk))[-1]
    assert answer.status_code == 302
    assert cast.claims.purposes == ["evidence", "security"]
    assert set(entry.changes or {}) == {"purposes", "file_format"}
    assert entry.actor_id == cast.administrator.pk


def test_policies_are_read_here_and_written_on_their_own_pages(
    cast: Cast, sign_in: SignIn
) -> None:
    row = law.RetentionPolicyFactory.create(team=cast.claims)
    client = sign_in(cast.officer)
    changed = {"name": "shorter", "delete_after": "P1D"}

    assert client.post(_url(RetentionPolicy, "add"), changed).status_code == 403
    change = _url(RetentionPolicy, "change", row.pk)
    assert client.get(change).status_code == 200
    assert client.post(change, changed).status_code == 403
    row.refresh_from_db()
    assert row.delete_after == "P90D"


def test_the_log_is_read_only_and_reading_it_is_an_entry(
    cast: Cast, sign_in: SignIn, entries: Entries
) -> None:
    browser = sign_in(cast.auditor)
    entry = entries(act="role.granted")[0]

    assert browser.get(_url(AuditEntry, "changelist")).status_code == 200
    assert browser.get(_url(AuditEntry, "change", entry.pk)).status_code == 200
    assert browser.get(_url(AuditEntry, "add")).status_code == 403
    browser.post(_url(AuditEntry, "change", entry.pk), {"outcome": "failed"})

    assert AuditEntry.objects.get(pk=entry.pk).outcome == "done"
    assert len(entries(act="audit.read")) == 1
    assert {read.object_pk for read in entries(act="audit.entry_read")} == {
        str(entry.pk)
    }


def test_the_officer_does_not_read_the_log(cast: Cast, sign_in: SignIn) -> None:
    assert sign_in(cast.officer).get(_url(AuditEntry, "changelist")).status_code == 403


def test_a_long_list_is_estimated(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paging, "EXACT_UP_TO", 3)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE compliance_person")

    everybody = Person.objects.order_by("name")
    assert EstimatedPaginator(everybody, 10).count == len(cast.people)
    assert EstimatedPaginator(everybody.filter(is_active=True), 10).count == 3
    assert EstimatedPaginator(everybody.filter(name="Rosa Reviewer"), 10).count == 1


def test_a_team_is_put_under_a_duty_and_the_log_tells(
    cast: Cast, sign_in: SignIn, entries: Entries
) -> None:
    duty = duties.versions_of("EU-MIFID2")[0]
    browser = sign_in(cast.administrator)
    url = _url(Team, "change", cast.claims.pk)

    page = browser.get(url).content.decode()
    assert "EU-MIFID2: Investment firms in the EU" in page
    form = browser.get(url).context["adminform"].form
    said = {name: form[name].value() for name in form.fields}
    said = {name: value for name, value in said.items() if value}
    answer = browser.post(url, {**said, "duty": str(duty.id)})

    assert answer.status_code == 302, answer.content.decode()
    cast.claims.refresh_from_db()
    assert cast.claims.duty == duty
    assert "duty" in (entries(act="record.changed")[-1].changes or {})
