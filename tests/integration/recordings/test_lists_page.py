"""The lists that officers keep, as they keep them."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from compliance.access import grants
from compliance.access.roles import Role
from compliance.consent import duties
from compliance.models import (
    AuditEntry,
    Person,
    PhoneNumber,
    StandingConsent,
    StandingNotice,
)
from compliance.models.team import StaffedBy
from recordings.models import Call, DoNotRecord, Party, Recording
from tests.cast import SINCE, Cast
from tests.factories.recordings import CallFactory, PartyFactory, TrunkFactory
from tests.reading import words

pytestmark = pytest.mark.django_db
SignIn = Callable[[Person], Client]
Entries = Callable[..., list[AuditEntry]]
NUMBER = "+49 30 23125001"
KEYS = ("do-not-record", "consents", "notices")


def add(browser: Client, key: str, **said: Any) -> Any:
    today = timezone.now().date()
    usual: dict[str, dict[str, Any]] = {
        "do-not-record": {"number": NUMBER, "reason": "privilege", "note": "Dr. Weber"},
        "consents": {
            "number": NUMBER,
            "purposes": ["evidence", "quality"],
            "granted_on": today,
            "last_day": today + timedelta(days=365),
            "source": "form",
            "script": "form v3",
            "evidence": "Signed on paper",
        },
        "notices": {
            "version": "2026-1",
            "given_on": today,
            "text": "Calls are recorded.",
        },
    }
    return browser.post(f"/lists/{key}/add", {**usual[key], **said}, follow=True)


def live_call(cast: Cast) -> Call:
    now = timezone.now()
    call: Call = CallFactory.create(
        team=cast.claims,
        started_at=now,
        ended_at=None,
        capture=Call.Capture.RECORDING,
    )
    number = PhoneNumber.from_raw(NUMBER)
    PartyFactory.create(call=call, number=number, joined_at=now, declared_place="US-TX")
    return call


@pytest.mark.parametrize("key", KEYS)
def test_an_empty_list_says_what_it_is_for(
    cast: Cast, sign_in: SignIn, key: str
) -> None:
    told = words(sign_in(cast.officer).get(f"/lists/{key}/"))

    assert "The list is empty" in told


def test_a_number_goes_on_the_list_and_is_shown_masked(
    cast: Cast, sign_in: SignIn
) -> None:
    answer = add(sign_in(cast.officer), "do-not-record")
    told = words(answer)

    assert "It is on the list." in told
    assert "+49 ••• ••• 5001" in told
    assert "23125001" not in answer.content.decode()
    assert "professional secrecy" in told
    assert "Dr. Weber" in told
    assert "every team" in told


def test_a_trunk_goes_on_the_list_for_its_own_team(cast: Cast, sign_in: SignIn) -> None:
    trunk = TrunkFactory.create(team=cast.claims, name="Works council")
    told = words(add(sign_in(cast.officer), "do-not-record", number="", trunk=trunk.id))

    assert "trunk Works council" in told
    assert DoNotRecord.objects.get().team == cast.claims


def test_the_call_in_progress_is_thought_about_at_once(
    cast: Cast, sign_in: SignIn
) -> None:
    call = live_call(cast)

    add(sign_in(cast.officer), "do-not-record")

    call.refresh_from_db()
    assert call.do_not_record == DoNotRecord.objects.get()
    assert call.consent == Call.Consent.EXEMPT


def test_a_team_under_a_duty_is_named_when_its_callers_are_listed(
    cast: Cast, sign_in: SignIn
) -> None:
    cast.claims.duty = duties.versions_of("EU-MIFID2")[0]
    with transaction.atomic():
        cast.claims.save()
    browser = sign_in(cast.officer)

    told = words(add(browser, "do-not-record"))
    assert "Claims must record by law: each such call will be an alert." in told
    told = words(add(browser, "do-not-record", team=cast.sales.id))
    assert "must record by law" not in told


@pytest.mark.parametrize(
    ("said", "wrong"),
    [
        ({"number": ""}, "Name either a number or a trunk."),
        ({"number": "030 23125001"}, "Write it with + and the country"),
        ({"reason": "mood"}, "Select a valid choice"),
        ({"since": date(2020, 1, 1)}, "An entry cannot begin in the past."),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_kept(
    cast: Cast, sign_in: SignIn, said: dict[str, Any], wrong: str
) -> None:
    answer = add(sign_in(cast.officer), "do-not-record", **said)

    assert wrong in words(answer)
    assert "Dr. Weber" in answer.content.decode(), "what was typed is still there"
    assert not DoNotRecord.objects.exists()


def test_an_entry_is_taken_off_and_stays_readable(cast: Cast, sign_in: SignIn) -> None:
    browser = sign_in(cast.officer)
    add(browser, "do-not-record")
    entry = DoNotRecord.objects.get()

    answer = browser.post(f"/lists/do-not-record/{entry.id}/end", follow=True)

    assert "It is off the list." in words(answer)
    assert "+49 ••• ••• 5001" in words(answer)
    assert f"{entry.id}/end" not in answer.content.decode()


def test_a_consent_is_recorded_and_withdrawn(
    cast: Cast, sign_in: SignIn, entries: Entries
) -> None:
    browser = sign_in(cast.officer)
    told = words(add(browser, "consents"))
    assert "The consent is recorded" in told
    assert "evidence, quality" in told
    assert "signed form (form v3)" in told
    assert "Signed on paper" in told
    consent = StandingConsent.objects.get()
    assert consent.expires_at > timezone.now() + timedelta(days=365)

    answer = browser.post(f"/lists/consents/{consent.id}/end", follow=True)

    assert "The consent is withdrawn" in words(answer)
    assert len(entries(act="standing_consent.withdrawn")) == 1
    assert "23125001" not in str([entry.facts for entry in entries()])


def test_a_withdrawal_reaches_the_call_in_progress(cast: Cast, sign_in: SignIn) -> None:
    browser = sign_in(cast.officer)
    add(browser, "consents", granted_on=timezone.now().date() - timedelta(days=2))
    call = live_call(cast)
    Recording.objects.create(
        call=call, part=1, state="recording", store="local", object_key="x"
    )

    consent = StandingConsent.objects.get()
    browser.post(f"/lists/consents/{consent.id}/end")

    said = [(record.kind, record.by) for record in call.consents.all()]
    assert said == [("granted", "standing"), ("withdrawn", "standing")]
    assert Recording.objects.get().stop_wanted == "withdrawn"


def test_a_notice_is_put_on_file_for_a_team_and_ended(
    cast: Cast, sign_in: SignIn
) -> None:
    cast.claims.staffed_by = StaffedBy.PEOPLE
    with transaction.atomic():
        cast.claims.save()
    browser = sign_in(cast.officer)
    missing = "No notice on file for staff of team Claims."
    assert missing in words(browser.get("/lists/notices/"))

    told = words(add(browser, "notices", team=cast.claims.id))
    assert "The notice is on file" in told
    assert "team Claims" in told
    assert missing not in told

    notice = StandingNotice.objects.get()
    answer = browser.post(f"/lists/notices/{notice.id}/end", follow=True)
    assert "It holds until today." in words(answer)


def test_teams_of_agents_alone_need_no_notice(cast: Cast, sign_in: SignIn) -> None:
    browser = sign_in(cast.officer)
    assert "No notice on file" not in words(browser.get("/lists/notices/"))

    call = CallFactory.create(team=cast.claims, started_at=timezone.now())
    PartyFactory.create(call=call, role=Party.Role.STAFF, number=None)
    assert "staff of team Claims" in words(browser.get("/lists/notices/"))


def test_a_number_is_found_without_standing_in_an_address(
    cast: Cast, sign_in: SignIn, entries: Entries
) -> None:
    browser = sign_in(cast.officer)
    add(browser, "consents")
    add(browser, "consents", number="+49 30 23125002")

    answer = browser.post("/lists/consents/find", {"wanted": NUMBER}, follow=True)

    url = answer.redirect_chain[-1][0]
    assert "23125001" not in url
    told = words(answer)
    assert "5001" in told
    assert "5002" not in told
    assert len(entries(act="search.by_person")) == 1


@pytest.mark.parametrize("wanted", ["+49 30 99999999", "not a number"])
def test_a_number_nobody_knows_is_on_no_list(
    cast: Cast, sign_in: SignIn, wanted: str
) -> None:
    browser = sign_in(cast.officer)
    add(browser, "do-not-record")

    answer = browser.post("/lists/do-not-record/find", {"wanted": wanted}, follow=True)

    told = words(answer)
    assert "Nothing about this number" in told or "Write the whole number" in told


@pytest.mark.parametrize("who", ["reviewer", "lead", "auditor", "administrator"])
@pytest.mark.parametrize("key", KEYS)
def test_only_officers_see_the_lists(
    cast: Cast, sign_in: SignIn, who: str, key: str
) -> None:
    browser = sign_in(cast.people[who])

    assert browser.get(f"/lists/{key}/").status_code == 403
    assert add(browser, key).status_code == 403
    assert "Lists" not in words(browser.get("/preferences"))


def test_an_officer_of_one_team_keeps_that_teams_entries_only(
    cast: Cast, sign_in: SignIn
) -> None:
    browser = sign_in(cast.officer)
    add(browser, "do-not-record", note="of everybody")
    add(browser, "do-not-record", team=cast.claims.id, note="of claims")
    of_everybody = DoNotRecord.objects.get(team=None)
    grants.grant(
        person=cast.stranger, role=Role.OFFICER, by=None, now=SINCE, team=cast.claims
    )

    local = sign_in(cast.stranger)
    told = words(local.get("/lists/"))
    assert "of claims" in told
    assert "of everybody" not in told
    end = local.post(f"/lists/do-not-record/{of_everybody.id}/end")
    assert end.status_code == 404
    answer = add(local, "do-not-record", number="+49 30 23125009")
    assert "This field is required" in words(answer)
    answer = add(local, "do-not-record", number="+49 30 23125009", team=cast.sales.id)
    assert "Select a valid choice" in words(answer)


def test_a_long_list_comes_in_pages_at_a_fixed_price(
    cast: Cast, sign_in: SignIn
) -> None:
    browser = sign_in(cast.officer)
    now = timezone.now()

    def fill(count: int) -> None:
        have = DoNotRecord.objects.count()
        for n in range(have, count):
            DoNotRecord.objects.create(
                number=PhoneNumber.from_raw(f"+4930231{n:05}"),
                reason="test",
                since=now - timedelta(minutes=n),
                added_by=cast.officer,
            )

    fill(3)
    browser.get("/lists/")
    with CaptureQueriesContext(
        connection,
    ) as few:
        browser.get("/lists/")
    fill(60)
    with CaptureQueriesContext(connection) as many:
        first = browser.get("/lists/")

    assert len(many) == len(few)
    assert len(first.context["rows"]) == 50
    older = browser.get(first.context["older_url"])
    assert len(older.context["rows"]) == 10


def test_a_list_that_does_not_exist_is_not_found(cast: Cast, sign_in: SignIn) -> None:
    assert sign_in(cast.officer).get("/lists/nonsense/").status_code == 404


def test_a_consent_whose_number_was_erased_is_still_shown(
    cast: Cast, sign_in: SignIn
) -> None:
    browser = sign_in(cast.officer)
    add(browser, "consents")
    StandingConsent.objects.update(number=None, evidence="")

    page = words(browser.get("/lists/consents/"))

    assert "erased" in page
    assert "Withdraw" not in page.split("erased")[1]
