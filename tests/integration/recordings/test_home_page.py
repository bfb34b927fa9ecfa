"""The first page: each role its own questions, each block a sentence."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from compliance.models import Person, Team
from compliance.retention import pausing
from recordings.models import Alert, Call
from tests.cast import Cast
from tests.factories.recordings import (
    AlertFactory,
    CallFactory,
    ListenFactory,
    RecordingFactory,
)

SignIn = Callable[[Person], Client]


def home(sign_in: SignIn, person: Person) -> str:
    """The first page of that person."""
    response = sign_in(person).get("/")
    assert response.status_code == 200
    return response.content.decode()


@pytest.mark.parametrize(
    ("who", "asks"),
    [
        ("reviewer", "Is everything recorded?"),
        ("officer", "Is everything recorded?"),
        ("auditor", "Is everything recorded?"),
        ("administrator", "What needs somebody?"),
        ("stranger", "You have no role yet"),
    ],
)
def test_each_role_has_its_question(
    cast: Cast, sign_in: SignIn, who: str, asks: str
) -> None:
    assert asks in home(sign_in, cast.people[who])


def test_a_paused_sweep_is_told_to_officers(cast: Cast, sign_in: SignIn) -> None:
    now = timezone.now()
    pausing.pause(reason="Inquiry", by=cast.officer, now=now)

    told = home(sign_in, cast.officer)

    assert "The sweep is paused by" in told
    assert reverse("deletions") in told
    assert "The sweep is paused by" not in home(sign_in, cast.reviewer)


def test_empty_blocks_say_so(cast: Cast, sign_in: SignIn) -> None:
    page = home(sign_in, cast.reviewer)
    for words in (
        "There has been no call yet today.",
        "Nothing waits for anybody.",
        "No recording reaches its end in the next 30 days.",
        "You have not heard a recording yet.",
    ):
        assert words in page


def test_what_teams_missed_is_summed_and_leads_to_the_calls(
    cast: Cast, sign_in: SignIn
) -> None:
    earlier = timezone.now() - timedelta(hours=2)
    for missed_ms in (0, 18_000):
        CallFactory.create(
            team=cast.claims,
            started_at=earlier,
            ended_at=earlier + timedelta(minutes=3),
            recorded_ms=81_000,
            missed_ms=missed_ms,
        )
    CallFactory.create(team=cast.sales, started_at=earlier, missed_ms=60_000)

    page = home(sign_in, cast.reviewer)
    assert "0:18 ought to have been recorded and was not." in page
    assert "90.0" in page
    assert "Sales" not in page

    found = sign_in(cast.reviewer).get("/calls/?when=7d&missed_over=2")
    assert found.context["count"] == 1


def test_who_heard_everything_is_told_so(cast: Cast, sign_in: SignIn) -> None:
    heard = RecordingFactory.create(call__team=cast.claims)
    ListenFactory.create(recording=heard, listener=cast.reviewer, position_ms=192_000)
    page = home(sign_in, cast.reviewer)
    assert "you have heard to the end whatever you began" in page
    assert "You have not heard a recording yet." not in page


def test_a_loss_is_said_first(cast: Cast, sign_in: SignIn) -> None:
    now = timezone.now()
    CallFactory.create(team=cast.claims, started_at=now)
    CallFactory.create(team=cast.claims, started_at=now, capture=Call.Capture.FAILED)
    CallFactory.create(team=cast.sales, started_at=now, capture=Call.Capture.FAILED)
    page = home(sign_in, cast.reviewer)
    assert "No: of 2 calls today, 1 is lost in whole or in part." in page


def test_what_needs_somebody(cast: Cast, sign_in: SignIn) -> None:
    call = CallFactory.create(team=cast.claims)
    AlertFactory.create(kind=Alert.Kind.RECORDING_LOST, call=call, team=cast.claims)
    AlertFactory.create(kind=Alert.Kind.SILENT_SIDE, team=cast.sales)
    page = home(sign_in, cast.reviewer)
    assert "A recording is lost" in page
    assert f"/calls/{call.id}/" in page
    assert "One side of a call is silent" not in page


def test_a_matter_leads_on_for_who_sees_no_calls(cast: Cast, sign_in: SignIn) -> None:
    call = CallFactory.create(team=cast.claims)
    AlertFactory.create(kind=Alert.Kind.RECORDING_LOST, call=call, team=cast.claims)
    page = home(sign_in, cast.administrator)
    assert f"/calls/{call.id}/" not in page
    assert 'href="/alerts/?kind=recording_lost"' in page


def test_an_operator_sees_trunks_that_nobody_owns(cast: Cast, sign_in: SignIn) -> None:
    CallFactory.create(team=Team.unassigned(), trunk_livekit_id="ST_stray")
    own = f"{reverse('admin:recordings_trunk_add')}?livekit_id=ST_stray"
    assert own in home(sign_in, cast.administrator)
    form = sign_in(cast.administrator).get(own).content.decode()
    assert 'value="ST_stray"' in form
    assert "ST_stray" not in home(sign_in, cast.reviewer)


def test_what_is_about_to_go(cast: Cast, sign_in: SignIn) -> None:
    call = CallFactory.create(team=cast.claims)
    RecordingFactory.create(call=call, expires_at=timezone.now() + timedelta(days=2))
    page = home(sign_in, cast.reviewer)
    assert "1 recording reaches its end in the next 30 days" in page


def test_what_no_policy_covers_is_counted_for_who_may_write_one(
    cast: Cast, sign_in: SignIn
) -> None:
    for team in (cast.claims, cast.claims, Team.unassigned()):
        RecordingFactory.create(call__team=team, expires_at=None)
    RecordingFactory.create(call__team=cast.sales, expires_at=timezone.now())

    page = home(sign_in, cast.officer)

    assert "3 recordings have no date, so nothing ever deletes them." in page
    assert f'/retention/new?team={cast.claims.id}"' in page
    query = f"when=all&amp;undated=true&amp;team={cast.claims.id}"
    assert f'<a href="/calls/?{query}">2</a>' in page
    assert "Kept without a policy" not in home(sign_in, cast.auditor)
    assert "Kept without a policy" not in home(sign_in, cast.reviewer)


def test_nothing_is_said_where_everything_has_a_date(
    cast: Cast, sign_in: SignIn
) -> None:
    RecordingFactory.create(call__team=cast.sales, expires_at=timezone.now())

    assert "Kept without a policy" not in home(sign_in, cast.officer)


def test_where_a_reviewer_stopped(cast: Cast, sign_in: SignIn) -> None:
    recording = RecordingFactory.create(call__team=cast.claims)
    ListenFactory.create(
        recording=recording, listener=cast.reviewer, position_ms=58_000
    )
    heard = RecordingFactory.create(call__team=cast.claims)
    ListenFactory.create(recording=heard, listener=cast.reviewer, position_ms=192_000)
    page = home(sign_in, cast.reviewer)
    assert "0:58 / 3:12" in page
    assert f"/calls/{recording.call_id}/?part=1&amp;t=58" in page
    assert str(heard.call_id) not in page


def test_the_rail_has_only_doors_that_open(cast: Cast, sign_in: SignIn) -> None:
    assert 'href="/calls/"' in home(sign_in, cast.reviewer)
    assert 'href="/audit/"' not in home(sign_in, cast.reviewer)
    assert 'href="/audit/"' in home(sign_in, cast.auditor)
    assert 'href="/calls/"' not in home(sign_in, cast.stranger)


def test_times_are_in_the_viewers_zone(cast: Cast, sign_in: SignIn) -> None:
    AlertFactory.create(team=cast.claims)
    browser = sign_in(cast.reviewer)
    browser.cookies["zone"] = "Europe/Berlin"
    page = browser.get("/").content.decode()
    assert 'datetime="2026-11-02T14:32:07Z"' in page
    assert "Monday 2 November 2026, 15:32:07 CET · 14:32:07 UTC" in page


def test_the_chosen_theme_is_there_at_once(cast: Cast, sign_in: SignIn) -> None:
    browser = sign_in(cast.reviewer)
    assert "data-bs-theme=" not in browser.get("/").content.decode()
    browser.cookies["theme"] = "dark"
    assert 'data-bs-theme="dark"' in browser.get("/").content.decode()
    browser.cookies["theme"] = '"><script>'
    assert "data-bs-theme=" not in browser.get("/").content.decode()
