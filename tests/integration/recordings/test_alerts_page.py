"""What needs somebody: who sees which matters, in which order, and who closes them."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django.fixtures import DjangoAssertNumQueries

from compliance.audit.actions import Action
from compliance.models import AuditEntry, Person
from recordings.alerts import open_once
from recordings.models import Alert
from tests.cast import Cast
from tests.factories.recordings import AlertFactory, CallFactory, RecordingFactory

SignIn = Callable[[Person], Client]
ALERTS = "/alerts/"
Kind = Alert.Kind


def shown(browser: Client, url: str = ALERTS) -> str:
    """The page."""
    response = browser.get(url)
    assert response.status_code == 200
    return response.content.decode()


def test_it_needs_a_sign_in(client: Client) -> None:
    assert client.get(ALERTS).headers["Location"] == f"/login?next={ALERTS}"


@pytest.mark.parametrize(
    ("who", "sees"),
    [
        ("officer", {"lost", "silent", "trunk"}),
        ("administrator", {"lost", "silent", "trunk"}),
        ("auditor", {"lost", "silent", "trunk"}),
        ("lead", {"lost"}),
        ("reviewer", {"lost"}),
        ("sales_reviewer", {"silent"}),
    ],
)
def test_people_see_the_matters_of_their_teams(
    cast: Cast, sign_in: SignIn, who: str, sees: set[str]
) -> None:
    AlertFactory.create(kind=Kind.RECORDING_LOST, team=cast.claims)
    AlertFactory.create(kind=Kind.SILENT_SIDE, team=cast.sales)
    AlertFactory.create(kind=Kind.UNKNOWN_TRUNK, subject="ST_stray")
    page = shown(sign_in(cast.people[who]))
    words = {
        "lost": "A recording is lost",
        "silent": "One side of a call is silent",
        "trunk": "ST_stray",
    }
    assert {name for name, text in words.items() if text in page} == sees
    badge = re.search(r'class="waits">(\d+)', page)
    assert badge
    assert int(badge[1]) == len(sees)


def test_others_are_told_whom_to_ask(cast: Cast, sign_in: SignIn) -> None:
    response = sign_in(cast.stranger).get(ALERTS, headers={"accept": "text/html"})
    assert response.status_code == 403
    assert "Ada Administrator" in response.content.decode()


def test_the_urgent_come_first_then_the_oldest(cast: Cast, sign_in: SignIn) -> None:
    now = timezone.now()
    for hours, kind in (
        (1, Kind.SILENT_SIDE),
        (9, Kind.EVENT_STUCK),
        (2, Kind.FILE_MISMATCH),
        (3, Kind.NOT_RECORDED),
    ):
        AlertFactory.create(kind=kind, opened_at=now - timedelta(hours=hours))
    table = shown(sign_in(cast.officer)).partition('class="kinds"')[2]
    table = table.partition("</nav>")[2]
    wanted = [
        "A call could not be recorded",
        "A file is not what was promised",
        "One side of a call is silent",
        "An event could not be applied",
    ]
    places = [table.index(words) for words in wanted]
    assert places == sorted(places)


def test_a_matter_says_why_what_next_and_leads_to_its_call(
    cast: Cast, sign_in: SignIn
) -> None:
    part = RecordingFactory.create(call__team=cast.claims, part=2)
    AlertFactory.create(
        kind=Kind.RECORDING_LOST,
        team=cast.claims,
        call=part.call,
        recording=part,
        detail="failed:upload",
    )
    page = shown(sign_in(cast.reviewer))
    assert "The file could not be written to the store." in page
    assert "Look for the file in the store" in page
    assert f'href="/calls/{part.call_id}/?part=2"' in page
    assert "/close" not in page
    assert "Compliance officers and administrators close them." in page
    assert f"/calls/{part.call_id}/" not in shown(sign_in(cast.administrator))


def test_one_kind_alone(cast: Cast, sign_in: SignIn) -> None:
    AlertFactory.create(kind=Kind.RECORDING_LOST, detail="orphaned")
    AlertFactory.create(kind=Kind.SILENT_SIDE, detail="silent_agent")
    browser = sign_in(cast.officer)
    page = shown(browser, f"{ALERTS}?kind=silent_side")
    assert "side is silent throughout." in page
    assert "The recorder died with its machine." not in page
    page = shown(browser, f"{ALERTS}?kind=event_stuck")
    assert "No matter of this kind is open" in page
    assert "2 matters are open, of other kinds." in page
    assert browser.get(f"{ALERTS}?kind=nonsense").status_code == 404


def test_an_empty_page_says_so(cast: Cast, sign_in: SignIn) -> None:
    page = shown(sign_in(cast.officer))
    assert "Nothing waits for anybody." in page
    assert "None was closed." in page
    assert 'class="waits"' not in page


def test_closing_is_an_entry_and_leads_back(
    cast: Cast, sign_in: SignIn, entries: Callable[..., list[AuditEntry]]
) -> None:
    alert = AlertFactory.create(team=cast.claims)
    browser = sign_in(cast.officer)
    url = f"{ALERTS}{alert.id}/close?kind=recording_lost"
    assert url in shown(browser, f"{ALERTS}?kind=recording_lost")
    response = browser.post(url, {"note": "copied by hand"}, follow=True)
    assert response.redirect_chain == [(f"{ALERTS}?kind=recording_lost", 302)]
    page = response.content.decode()
    assert "Closed: A recording is lost." in page
    closed = page.partition('id="closed"')[2]
    assert "Olga Officer" in closed
    assert "copied by hand" in closed
    assert [entry.actor for entry in entries(act=Action.ALERT_CLOSED)] == [cast.officer]
    assert (
        "Somebody has done that already"
        in browser.post(url, {"note": "me too"}, follow=True).content.decode()
    )


@pytest.mark.parametrize(
    ("who", "kind", "status"),
    [
        ("reviewer", Kind.RECORDING_LOST, 403),
        ("auditor", Kind.RECORDING_LOST, 403),
        ("administrator", Kind.UNLAWFUL_PART, 403),
        ("sales_reviewer", Kind.RECORDING_LOST, 404),
        ("stranger", Kind.RECORDING_LOST, 403),
    ],
)
def test_others_close_nothing(
    cast: Cast,
    sign_in: SignIn,
    entries: Callable[..., list[AuditEntry]],
    who: str,
    kind: Alert.Kind,
    status: int,
) -> None:
    alert = AlertFactory.create(kind=kind, team=cast.claims)
    response = sign_in(cast.people[who]).post(f"{ALERTS}{alert.id}/close")
    assert response.status_code == status
    alert.refresh_from_db()
    assert alert.closed_at is None
    assert len(entries(act=Action.ACCESS_REFUSED)) == 1


def test_closing_wants_a_post_and_a_matter(cast: Cast, sign_in: SignIn) -> None:
    browser = sign_in(cast.officer)
    assert browser.get(f"{ALERTS}{cast.claims.id}/close").status_code == 405
    assert browser.post(f"{ALERTS}{cast.claims.id}/close").status_code == 404


def test_what_an_officer_must_close_has_no_button_for_an_operator(
    cast: Cast, sign_in: SignIn
) -> None:
    unlawful = AlertFactory.create(kind=Kind.UNLAWFUL_PART, team=cast.claims)
    lost = AlertFactory.create(kind=Kind.RECORDING_LOST, team=cast.claims)
    page = shown(sign_in(cast.administrator))
    assert f"{lost.id}/close" in page
    assert f"{unlawful.id}/close" not in page
    assert "an officer closes it" in page


def test_closed_matters_stay_for_thirty_days(cast: Cast, sign_in: SignIn) -> None:
    now = timezone.now()
    for days in (1, 29, 31):
        AlertFactory.create(
            kind=Kind.EVENT_STUCK,
            subject=f"EV_{days}",
            closed_at=now - timedelta(days=days),
        )
    page = shown(sign_in(cast.officer))
    assert "EV_1<" in page
    assert "EV_29<" in page
    assert "EV_31<" not in page
    assert "by itself: its cause is gone" in page


def test_closed_matters_have_pages(cast: Cast, sign_in: SignIn) -> None:
    now = timezone.now()
    for n in range(30):
        AlertFactory.create(
            kind=Kind.EVENT_STUCK, subject=f"EV_{n}", closed_at=now - timedelta(hours=n)
        )
    browser = sign_in(cast.officer)
    page = shown(browser)
    assert "EV_25<" not in page
    older = re.search(r'href="([^"]+)" rel="next"', page)
    assert older
    page = shown(browser, older[1].replace("&amp;", "&"))
    assert "EV_25<" in page
    assert "EV_24<" not in page
    assert "EV_0<" in shown(browser, f"{ALERTS}?cursor=zzz")


def test_the_home_page_leads_there(cast: Cast, sign_in: SignIn) -> None:
    AlertFactory.create(team=cast.claims)
    for who in ("reviewer", "administrator"):
        page = sign_in(cast.people[who]).get("/").content.decode()
        assert f'href="{ALERTS}">1 open matter</a>' in page


def test_the_page_costs_the_same_with_more_matters(
    cast: Cast, sign_in: SignIn, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    browser = sign_in(cast.officer)
    for closed_at in (None, timezone.now()):
        AlertFactory.create(
            team=cast.claims,
            call=CallFactory.create(team=cast.claims),
            closed_at=closed_at,
            closed_by=cast.officer if closed_at else None,
        )
    browser.get(ALERTS)
    for _ in range(2):
        with django_assert_num_queries(10):
            browser.get(ALERTS)
        for kind in (Kind.RECORDING_LOST, Kind.EVENT_STUCK, Kind.SILENT_SIDE):
            AlertFactory.create(
                kind=kind, team=cast.claims, call=CallFactory.create(team=cast.claims)
            )


# --- One alert, and groups of them


def test_an_alert_has_a_page_with_its_history(cast: Cast, sign_in: SignIn) -> None:
    open_once(Kind.UNKNOWN_TRUNK, subject="ST_stray", now=timezone.now())
    alert = Alert.objects.get()
    page = f"{ALERTS}{alert.id}/"
    browser = sign_in(cast.administrator)
    browser.post(f"{page}acknowledge", {"back": "alert"})
    browser.post(f"{page}assign", {"back": "alert", "to": str(cast.officer.id)})
    text = shown(browser, page)
    assert "ST_stray" in text
    assert '/runbook/#calls-over-a-trunk-nobody-owns"' in text
    history = text.partition('id="history"')[2]
    for words in (
        "the portal</strong> raised an alert (unknown trunk)",
        "Ada Administrator</strong> acknowledged an alert",
        "Ada Administrator</strong> gave an alert to somebody",
    ):
        assert words in history
    answer = browser.post(
        f"{page}close", {"back": "alert", "note": "given to claims"}, follow=True
    )
    assert answer.redirect_chain == [(page, 302)]
    assert "given to claims" in answer.content.decode()
    assert "Closed by Ada Administrator." in answer.content.decode()


def test_nothing_is_closed_without_a_note(cast: Cast, sign_in: SignIn) -> None:
    alert = AlertFactory.create(team=cast.claims)
    answer = sign_in(cast.officer).post(f"{ALERTS}{alert.id}/close", follow=True)
    assert "Write how it was settled" in answer.content.decode()
    alert.refresh_from_db()
    assert alert.is_open


def test_several_of_a_kind_and_team_are_one_row_that_opens(
    cast: Cast, sign_in: SignIn
) -> None:
    several = AlertFactory.create_batch(3, team=cast.claims)
    other = AlertFactory.create(team=cast.sales)
    browser = sign_in(cast.officer)
    page = shown(browser)
    assert "\N{MULTIPLICATION SIGN} 3" in page
    assert "4 matters are open." in page
    assert f"{ALERTS}{several[0].id}/" not in page
    assert f"{ALERTS}{other.id}/" in page
    opened = shown(browser, f"{ALERTS}?open=recording_lost:{cast.claims.id}")
    assert all(f"{ALERTS}{one.id}/" in opened for one in several)


def test_a_group_is_worked_in_one_act_as_far_as_it_was_seen(
    cast: Cast, sign_in: SignIn, entries: Callable[..., list[AuditEntry]]
) -> None:
    now = timezone.now()
    for minutes in (3, 2, 1):
        AlertFactory.create(
            team=cast.claims, opened_at=now - timedelta(minutes=minutes)
        )
    seen = (now - timedelta(minutes=2)).isoformat()
    browser = sign_in(cast.officer)
    group = f"{ALERTS}recording_lost/{cast.claims.id}/"
    browser.post(f"{group}acknowledge", {"until": seen})
    answer = browser.post(
        f"{group}close", {"until": seen, "note": "store was full"}, follow=True
    )
    assert "Closed: A recording is lost, 2 matters." in answer.content.decode()
    assert Alert.objects.filter(closed_at=None).count() == 1
    assert len(entries(act=Action.ALERT_CLOSED)) == 2
    assert len(entries(act=Action.ALERT_ACKNOWLEDGED)) == 2


def test_a_group_of_failures_of_control_takes_cause_and_risk(
    cast: Cast, sign_in: SignIn
) -> None:
    now, kind = timezone.now(), Alert.Kind.OWN_CLOCKS
    for clock in ("redis", "store"):
        AlertFactory.create(
            kind=kind, subject=clock, team=None, call=None, opened_at=now
        )
    browser, group = sign_in(cast.officer), f"{ALERTS}own_clocks/none/close"
    page = shown(browser, f"{ALERTS}?open=own_clocks:none")
    assert page.count('name="cause"') == page.count('name="risk"') == 2, (
        "in the form without a script, and in the sheet"
    )
    assert page.count(" data-control") == 3, "the sheet asks for them: group and rows"
    said = {"until": now.isoformat(), "note": "chrony runs"}

    browser.post(group, said)
    assert Alert.objects.filter(closed_at=None).count() == 2

    browser.post(group, said | {"cause": "no NTP", "risk": "none: times compared"})
    closed = Alert.objects.filter(kind=kind)
    assert {(one.is_open, one.cause, one.risk) for one in closed} == {
        (False, "no NTP", "none: times compared")
    }


@pytest.mark.parametrize(
    ("who", "closed"), [("officer", 2), ("reviewer", 0), ("sales_reviewer", 0)]
)
def test_a_group_is_closed_by_those_who_may(
    cast: Cast, sign_in: SignIn, who: str, closed: int
) -> None:
    AlertFactory.create_batch(2, team=cast.claims)
    until = timezone.now().isoformat()
    sign_in(cast.people[who]).post(
        f"{ALERTS}recording_lost/{cast.claims.id}/close", {"until": until, "note": "x"}
    )
    assert Alert.objects.exclude(closed_at=None).count() == closed


@pytest.mark.parametrize("path", ["recording_lost/none/dance", "nonsense/none/close"])
def test_a_group_act_that_is_none_is_not_there(
    cast: Cast, sign_in: SignIn, path: str
) -> None:
    until = timezone.now().isoformat()
    answer = sign_in(cast.officer).post(f"{ALERTS}{path}", {"until": until})
    assert answer.status_code == 404


def test_what_is_mine_alone(cast: Cast, sign_in: SignIn) -> None:
    AlertFactory.create(team=cast.claims, assigned_to=cast.officer)
    AlertFactory.create(team=cast.sales, kind=Kind.SILENT_SIDE)
    page = shown(sign_in(cast.officer), f"{ALERTS}?mine=1")
    assert "A recording is lost" in page.partition("</nav>")[2]
    assert "1 matter is open." in page
    empty = shown(sign_in(cast.administrator), f"{ALERTS}?mine=1")
    assert "Nothing is assigned to you" in empty


def test_another_teams_alert_is_not_there(cast: Cast, sign_in: SignIn) -> None:
    alert = AlertFactory.create(team=cast.claims)
    assert sign_in(cast.sales_reviewer).get(f"{ALERTS}{alert.id}/").status_code == 404
