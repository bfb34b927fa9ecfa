"""No answer holds a whole telephone number for who may not see whole numbers.

A number is planted wherever one can come from: parties, names of rooms and people,
lists, LiveKit's own ids. Then each role that does not hold `reveal_number` calls every
page, partial, API operation and admin list there is.
"""

import re
from collections.abc import Iterator
from html import unescape
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from compliance.access.permissions import Verb
from compliance.admin.site import site
from compliance.models import Team
from recordings import alerts
from recordings.models import Alert, Call, DoNotRecord, Party, Room
from tests.architecture.access_table import MISSING, TABLE
from tests.architecture.stage import Stage, Viewer, client_of
from tests.architecture.test_access_matrix import ROUTES, address
from tests.architecture.things import THINGS
from tests.factories.compliance import PersonFactory, PhoneNumberFactory
from tests.factories.hearable import hearable_call, part_of

NUMBER = "+4915198237654"
NATIONAL = "15198237654"
_BETWEEN = re.compile(r"[\s().\-/\u00a0\u2009\u202f]|%20|%2D")


def holds_the_number(body: bytes) -> bool:
    """Whether the digits stand there, however they are parted."""
    return NATIONAL in _BETWEEN.sub("", unescape(body.decode(errors="replace")))


@pytest.mark.parametrize(
    "body", [NUMBER, "0151 982 376 54", "(0151) 98237-654", "&#x2b;49151&nbsp;98237654"]
)
def test_a_whole_number_is_known(body: str) -> None:
    assert holds_the_number(body.encode())
    assert not holds_the_number(b"+49 151 ... 7654")


def _planted(team: Team) -> dict[str, Any]:
    """One thing of each kind that a number could be read from."""
    number = PhoneNumberFactory.create(e164=NUMBER)
    over = hearable_call(team)
    Party.objects.filter(call=over).update(
        number=number, name=f"Kunde {NUMBER}", identity=f"sip_{NUMBER}"
    )
    live: Call = THINGS["call"](team)
    Room.objects.update(name=f"call-_{NUMBER}_x")
    kind = Alert.Kind.RECORDING_LOST
    alerts.open_once(
        kind, subject=str(over.pk), now=timezone.now(), call=over, detail="store"
    )
    entry = DoNotRecord.objects.create(
        number=number,
        team=team,
        reason=DoNotRecord.Reason.values[0],
        since=timezone.now(),
        added_by=PersonFactory.create(),
    )
    return {
        "call": over,
        "running call": live,
        "party": over.parties.exclude(number=None).first(),
        "part": part_of(over),
        "alert": Alert.objects.get(subject=str(over.pk)),
        "list entry": entry,
    }


def _addresses(stage: Stage) -> Iterator[str]:
    planted = _planted(stage.teams["own"])
    for route in ROUTES:
        row = TABLE[route]
        if "GET" not in row.methods:
            continue
        known = planted.get(row.about)
        if known is None and row.about and row.about != MISSING:
            known = THINGS[row.about](stage.teams["own"])
        yield address(route, known)
    yield "/calls/?when=all"
    yield f"/calls/{planted['running call'].pk}/"
    for model in site._registry:
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        yield reverse(f"{name}_changelist")
        found = model._default_manager.all()[:2]
        yield from (reverse(f"{name}_change", args=[one.pk]) for one in found)


def _may_not(viewer: Viewer) -> bool:
    """Of each role without the verb the one who sees most."""
    return viewer.reach == "everything" and not viewer.holds(Verb.REVEAL_NUMBER)


def _body(browser: Client, path: str) -> tuple[int, bytes]:
    answer: Any = browser.get(path)
    whole = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return answer.status_code, whole


def test_nobody_reads_a_whole_number_who_may_not(stage: Stage) -> None:
    paths = list(_addresses(stage))
    seen, told, masked = 0, [], 0
    for viewer in filter(_may_not, stage.viewers):
        browser = client_of(viewer)
        for path in paths:
            status, body = _body(browser, path)
            seen += status == 200
            masked += b"7654" in body
            if holds_the_number(body):
                told.append((str(viewer), path))
    assert not told, "\n".join(f"{who}: {path}" for who, path in told)
    assert seen > 200, "the pages were open"
    assert masked, "and showed the number as they may"


def test_who_may_see_it_does(stage: Stage) -> None:
    """So that what the test above looks for is there to be found."""
    party = _planted(stage.teams["own"])["party"]
    (viewer,) = (
        one
        for one in stage.viewers
        if one.reach == "everything" and one.holds(Verb.REVEAL_NUMBER)
    )
    path = f"/calls/{party.call_id}/parties/{party.pk}/reveal"
    answer = client_of(viewer).post(path)
    assert holds_the_number(answer.content)
