"""Who else holds data: put down by people, asked with each request, and done or late."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django.fixtures import DjangoAssertNumQueries, Settings

from compliance.access.refusals import Refused
from compliance.models import AuditEntry, ExternalCustodian, ExternalTask, Person
from compliance.requests import external_custodians, externals
from compliance.requests.clock import NotByLaw
from recordings import overdue
from recordings.models import Alert
from tests.cast import Cast
from tests.factories.requests import RECEIVED, asked, external_custodian

pytestmark = pytest.mark.django_db
SignIn = Callable[[Person], Client]
Entries = Callable[..., list[AuditEntry]]
DAY = timedelta(days=1)
LIST, NEW = "/requests/external/", "/requests/external/new"
LISTED = 7
SAID = {
    "name": "Voice lab",
    "role": "processor",
    "holds": "Sound of calls, for speech-to-text.",
    "region": "EU (Frankfurt)",
    "agreement": "DPA 7",
    "agreed_on": "2026-01-15",
    "keeps_count": "30",
    "keeps_unit": "D",
    "ask_how": "By ticket.",
    "since": "2026-01-15",
}


def test_a_preset_is_offered_until_somebody_makes_it_his_own(
    cast: Cast,
    sign_in: SignIn,
    settings: Settings,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    settings.BACKUP_DAYS = 9
    browser = sign_in(cast.officer)
    page = browser.get(LIST).content.decode()
    assert page.count("default, unreviewed") == 3
    assert not ExternalCustodian.objects.exists()

    begun = browser.get(f"{NEW}?preset=egress_backup").content.decode()
    assert 'value="9"' in begun, "what the portal itself counts on"
    saved = SAID | {"name": "Egress backup store", "keeps_count": "7"}
    browser.post(f"{NEW}?preset=egress_backup", saved)

    with django_assert_num_queries(LISTED):
        page = browser.get(LIST).content.decode()
    assert page.count("default, unreviewed") == 2
    assert "Egress backup store" in page
    assert "7 days" in page
    made = ExternalCustodian.objects.get()
    assert (made.preset, made.retention, made.made_by) == (
        "egress_backup",
        "P7D",
        cast.officer,
    )


def test_it_is_changed_and_ended_and_the_log_says_what_changed(
    cast: Cast, sign_in: SignIn, entries: Entries
) -> None:
    browser = sign_in(cast.officer)
    browser.post(NEW, SAID)
    row = ExternalCustodian.objects.get()
    assert browser.post(NEW, SAID).status_code == 422, "there is one of this name"

    changed = SAID | {"region": "US", "keeps_count": "", "holds": "Erika's calls."}
    browser.post(f"{LIST}{row.pk}/", changed)
    browser.post(f"{LIST}{row.pk}/end")

    row.refresh_from_db()
    assert (row.region, row.retention) == ("US", "")
    assert row.until is not None
    acts = entries(object_pk=str(row.pk))
    assert [one.act for one in acts].count("record.changed") == 2
    assert any(
        one.changes and one.changes.get("region") == ["EU (Frankfurt)", "US"]
        for one in acts
    )
    assert "Erika" not in str([one.changes for one in acts])
    assert not external_custodians.active(now=timezone.now()).exists()
    assert browser.get(f"{LIST}{row.pk}/").status_code == 404
    assert browser.post(NEW, SAID).status_code == 302, "its name is free again"


@pytest.mark.parametrize("who", ["administrator", "auditor", "lead"])
def test_others_see_and_change_nothing(cast: Cast, sign_in: SignIn, who: str) -> None:
    browser = sign_in(cast.people[who])

    assert browser.get(LIST).status_code == 403
    assert browser.post(NEW, SAID).status_code == 403
    with pytest.raises(Refused):
        externals.tasks_for(
            request=asked(cast.officer), by=cast.people[who], now=RECEIVED
        )


def test_each_that_holds_data_now_gets_one_task_however_often_it_is_asked_for(
    cast: Cast,
) -> None:
    request = asked(cast.officer)
    external_custodian("Vendor")
    external_custodian("Backups", retention="P35D")
    external_custodian("Gone", until=date(2026, 6, 1))
    external_custodian("Not yet", since=date(2027, 1, 1))

    made = externals.tasks_for(request=request, by=cast.officer, now=RECEIVED)
    external_custodian("Later")
    again = externals.tasks_for(request=request, by=cast.officer, now=RECEIVED + DAY)

    told = {one.custodian.name: one for one in again}
    assert [one.custodian.name for one in made] == ["Backups", "Vendor"]
    assert set(told) == {"Backups", "Vendor", "Later"}
    assert (told["Vendor"].state, told["Vendor"].due_at) == ("open", request.due_at)
    assert told["Backups"].state == "expires"
    assert told["Backups"].due_at == datetime(2026, 12, 7, 23, 59, 59, tzinfo=UTC)
    listed = AuditEntry.objects.filter(act="external.listed").order_by("timestamp")
    assert [one.facts["tasks"] for one in listed] == [2, 1]


def test_days_are_those_of_the_legal_zone(cast: Cast, settings: Settings) -> None:
    settings.LEGAL_TIME_ZONE = "Asia/Tokyo"
    request = asked(cast.officer)
    external_custodian("Backups", retention="P7D")
    evening = datetime(2026, 11, 2, 22, tzinfo=UTC)  # 3 November in Tokyo

    [task] = externals.tasks_for(request=request, by=cast.officer, now=evening)

    assert task.due_at == datetime(2026, 11, 10, 14, 59, 59, tzinfo=UTC)
    assert externals.standing(request)["expiring"] == [
        {"name": "Backups", "at": "2026-11-10"}
    ]


def test_what_is_gone_by_itself_is_confirmed_by_nobody_once_its_day_is_over(
    cast: Cast,
) -> None:
    request = asked(cast.officer)
    external_custodian("Backups", retention="P7D")
    [task] = externals.tasks_for(request=request, by=cast.officer, now=RECEIVED)

    assert externals.settle(now=task.due_at) == 0
    assert externals.settle(now=task.due_at + DAY) == 1
    assert externals.settle(now=task.due_at + DAY) == 0

    task.refresh_from_db()
    assert (task.state, task.by) == ("confirmed", None)
    entry = AuditEntry.objects.get(act="external.expired")
    assert (entry.object_pk, entry.facts) == (str(request.pk), {"task": str(task.pk)})


def test_it_is_asked_refuses_and_confirms_after_all(cast: Cast) -> None:
    request = asked(cast.officer)
    external_custodian()
    [task] = externals.tasks_for(request=request, by=cast.officer, now=RECEIVED)
    by = {"by": cast.officer, "now": RECEIVED + DAY}

    externals.ask(task=task, reference="Ticket 12", **by)  # type: ignore[arg-type]
    with pytest.raises(NotByLaw):
        externals.ask(task=task, **by)  # type: ignore[arg-type]
    with pytest.raises(NotByLaw):
        externals.confirm(task=task, proof=" ", **by)  # type: ignore[arg-type]
    externals.refuse(task=task, proof="We must keep them.", **by)  # type: ignore[arg-type]
    refused = externals.standing(request)
    externals.confirm(task=task, proof="Erika's are deleted.", **by)  # type: ignore[arg-type]
    with pytest.raises(NotByLaw):
        externals.refuse(task=task, proof="No.", **by)  # type: ignore[arg-type]

    told = {"name": "Observer Inc.", "at": "2026-11-03"}
    assert refused["refused"] == [told]
    assert externals.standing(request) == {
        "confirmed": [told],
        "pending": [],
        "expiring": [],
        "refused": [],
    }
    task.refresh_from_db()
    assert (task.reference, task.proof) == ("Ticket 12", "Erika's are deleted.")
    acts = AuditEntry.objects.filter(act__startswith="external.")
    assert acts.count() == 4
    assert "Erika" not in str([one.facts for one in acts])


def test_late_is_an_alert_and_stands_on_the_desk_though_the_request_is_closed(
    cast: Cast, sign_in: SignIn
) -> None:
    request = asked(cast.officer)
    external_custodian()
    [task] = externals.tasks_for(request=request, by=cast.officer, now=RECEIVED)
    late = request.due_at + DAY

    overdue.judge(now=request.due_at)
    assert not Alert.objects.filter(kind="external_overdue").exists()
    overdue.judge(now=late)
    overdue.judge(now=late)
    alert = Alert.objects.get(kind="external_overdue")
    assert (alert.subject, alert.severity) == (str(request.pk), "critical")

    ExternalTask.objects.filter(pk=task.pk).update(due_at=timezone.now() - DAY)
    browser = sign_in(cast.officer)
    desk = browser.get("/requests/").content.decode()
    assert "in 1 somebody else has not confirmed in time" in desk
    only = browser.get("/requests/?view=elsewhere").content.decode()
    assert request.reference in only
    assert "overdue" in browser.get(f"/requests/{request.pk}/").content.decode()

    externals.confirm(task=task, proof="Deleted.", by=cast.officer, now=late)
    overdue.judge(now=late)
    alert.refresh_from_db()
    assert alert.closed_at is not None


def test_an_officer_works_the_tasks_on_the_page(cast: Cast, sign_in: SignIn) -> None:
    request = asked(cast.officer)
    external_custodian(ask_how="By ticket.", ask_mail="privacy@observer.example")
    browser = sign_in(cast.officer)
    url = f"/requests/{request.pk}/"

    def do(act: str, **said: object) -> str:
        posted = {"act": act, **said}
        return browser.post(f"{url}act", posted, follow=True).content.decode()

    assert "Whoever else holds data is listed." in do("list-externals")
    task = request.external_tasks.get()
    page = browser.get(url).content.decode()
    assert "mailto:privacy@observer.example" in page
    assert "By ticket." in page
    assert "Put down as asked." in do("ask-external", subject=task.pk, reference="T 1")
    said = {"proof": "All is deleted.", "reference": "T 1"}
    page = do("confirm-external", subject=task.pk, **said)
    assert "Put down as confirmed." in page
    assert "All is deleted." in page
    other = asked(cast.officer, kind="access")
    posted = {"act": "refuse-external", "subject": task.pk, "proof": "No."}
    answer = browser.post(f"/requests/{other.pk}/act", posted)
    assert answer.status_code == 404, "a task of another request"
