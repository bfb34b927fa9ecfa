"""The page of a call: each role, each state, each panel, and how many queries."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django.fixtures import DjangoAssertNumQueries

from compliance.audit.actions import Action
from compliance.models import AuditEntry, DestructionReceipt, Person, PhoneNumber
from recordings import consent, keeping, playback
from recordings.models import Call, ConsentRecord, Recording
from tests.cast import Cast
from tests.factories.compliance import RetentionPolicyFactory
from tests.factories.hearable import CALLER_NAME, NUMBER, hearable_call, part_of
from tests.factories.recordings import (
    STARTED,
    DisclosureFactory,
    ListenFactory,
    PartyFactory,
    RecordingFactory,
)

SignIn = Callable[[Person], Client]
Entries = Callable[..., list[AuditEntry]]
LINK = "/media/"


@pytest.fixture(autouse=True)
def _own_folder(settings: Any, tmp_path: Any) -> None:
    settings.MEDIA_STORE = {"kind": "local", "root": tmp_path}


@pytest.fixture
def call(cast: Cast) -> Call:
    """A call of the claims team that may be heard for evidence and quality."""
    call = hearable_call(cast.claims)
    part_of(call)
    return call


def page(client: Client, call: Call, query: str = "") -> str:
    """The page's HTML."""
    response = client.get(reverse("call", args=[call.id]) + query)
    assert response.status_code == 200
    return response.content.decode()


def text(html: str) -> str:
    """What stands on it, without tags, blanks made single."""
    return " ".join(re.sub(r"<(script|style).*?</\1>|<[^>]+>", " ", html).split())


def test_it_needs_a_sign_in(client: Client, call: Call) -> None:
    url = reverse("call", args=[call.id])
    assert client.get(url).headers["Location"] == f"/login?next={url}"


@pytest.mark.parametrize(
    ("who", "status"),
    [
        ("reviewer", 200),
        ("lead", 200),
        ("officer", 200),
        ("auditor", 200),
        ("administrator", 403),
        ("stranger", 403),
        ("sales_reviewer", 404),
        ("south_reviewer", 404),
    ],
)
def test_who_may_see_it(
    cast: Cast, sign_in: SignIn, call: Call, who: str, status: int
) -> None:
    url = reverse("call", args=[call.id])
    assert sign_in(cast.people[who]).get(url).status_code == status


def test_it_says_the_fact_first(cast: Cast, sign_in: SignIn, call: Call) -> None:
    told = text(page(sign_in(cast.reviewer), call))
    assert "+49 ••• ••• 4711" in told
    assert "file matches its hash of" in told
    assert "May be heard for evidence, quality" in told
    assert "caller gave consent by voice · script ask v4 · de" in told
    assert "Germany asks for explicit consent of everybody" in told
    assert "default, unreviewed" in told


@pytest.mark.parametrize("who", ["reviewer", "officer", "auditor"])
def test_it_holds_no_link_and_no_number(
    cast: Cast, sign_in: SignIn, call: Call, who: str
) -> None:
    client = sign_in(cast.people[who])
    for panel in ("why", "keep", "parties", "file"):
        html = page(client, call, f"?panel={panel}")
        assert LINK not in html
        assert NUMBER not in html
        assert CALLER_NAME not in html


def test_who_may_not_hear_is_told_whom_to_ask(
    cast: Cast, sign_in: SignIn, call: Call
) -> None:
    html = page(sign_in(cast.auditor), call)
    assert "data-player" not in html
    assert "You can ask Ada Administrator for it." in html


def test_a_closed_purpose_cannot_be_chosen(cast: Cast, sign_in: SignIn) -> None:
    kinds = (ConsentRecord.Kind.ANNOUNCED,)
    call = hearable_call(cast.claims, acts=kinds)
    part_of(call)
    html = page(sign_in(cast.reviewer), call)
    assert "data-player" not in html
    assert "This recording may be heard for nothing" in html


@pytest.mark.parametrize(
    ("state", "reason", "says"),
    [
        ("recording", "", "Recording now"),
        ("checking", "complete", "Being checked"),
        ("unclear", "", "A second recorder is never started meanwhile."),
        ("failed", "no_capacity", "LiveKit had no recorder free."),
        ("aborted", "aborted:no_media", "Nobody sent any sound."),
        ("lost", "failed:upload", "The file could not be written to the store."),
        ("quarantined", "not_announced", "It is decided by: Olga Officer."),
        ("expired", "", "Its time is over"),
    ],
)
def test_a_part_that_cannot_be_heard_says_why(
    cast: Cast, sign_in: SignIn, state: str, reason: str, says: str
) -> None:
    call = hearable_call(cast.claims)
    RecordingFactory.create(call=call, state=state, reason=reason)
    html = page(sign_in(cast.officer), call)
    assert says in html
    assert "data-player" not in html


def test_a_call_without_a_recording_says_why(cast: Cast, sign_in: SignIn) -> None:
    call = hearable_call(cast.claims, acts=(ConsentRecord.Kind.REFUSED,))
    Call.objects.filter(id=call.id).update(consent=Call.Consent.REFUSED)
    html = page(sign_in(cast.reviewer), call)
    assert "Nothing was recorded" in html
    assert "A party refused to be recorded." in html


def dated(call: Call) -> Recording:
    """Its part as it is once it has been checked."""
    part = call.recordings.select_related("call").get()
    keeping.set_date(part, now=timezone.now())
    part.save()
    return part


def test_why_it_is_still_here(cast: Cast, sign_in: SignIn, call: Call) -> None:
    RetentionPolicyFactory.create(name="Usual", team=cast.claims)
    dated(call)

    html = page(sign_in(cast.reviewer), call, "?panel=keep")

    told = text(html)
    assert "Part 1: why is it still here?" in told
    assert "Usual, version 1 delete after 90 days · decides" in told
    assert "winner" in html
    assert "lane-today" in html


def test_a_law_that_cuts_it_short_is_named(
    cast: Cast, sign_in: SignIn, call: Call
) -> None:
    RetentionPolicyFactory.create(name="Usual", team=cast.claims, delete_after="P400D")
    PartyFactory.create(call=call, number=PhoneNumber.from_raw("+33144556677"))
    with transaction.atomic():
        consent.standing(call, now=timezone.now())
    dated(call)

    told = text(page(sign_in(cast.reviewer), call, "?panel=keep"))

    assert "Law of France keep for 180 days at most, for quality · decides" in told
    assert "Usual, version 1 delete after 400 days · counts" in told
    assert "Quality and training in call centres (France), version 1" in told
    assert "only shows: nobody has adopted it · default, unreviewed" in told


def test_a_floor_beyond_the_ceiling_says_for_what_it_is_kept(
    cast: Cast, sign_in: SignIn, call: Call
) -> None:
    RetentionPolicyFactory.create(
        name="Usual", team=cast.claims, keep_at_least="P5Y", purposes=["evidence"]
    )
    RetentionPolicyFactory.create(name="Short", team=cast.claims)
    part = dated(call)

    told = text(page(sign_in(cast.officer), call, "?panel=keep"))

    assert "its floor is longer" in told
    assert "Usual, version 1 keep at least 5 years · decides" in told
    assert "Kept for: evidence." in told
    assert part.narrowed_from
    before = part.narrowed_from - timedelta(seconds=1)
    assert "quality" in playback.open_purposes(part, now=before)
    assert playback.open_purposes(part, now=part.narrowed_from) == ["evidence"]


def test_what_is_destroyed_shows_its_receipt(
    cast: Cast, sign_in: SignIn, call: Call
) -> None:
    part = call.recordings.get()
    gone = STARTED + timedelta(days=90)
    Recording.objects.update(state=Recording.State.DESTROYED, destroyed_at=gone)
    receipt = DestructionReceipt.objects.create(
        item_kind="recording",
        item_id=part.id,
        team_id=cast.claims.id,
        reason="retention_expired",
        versions_listed=2,
        bytes_listed=96_000,
        versions=1,
        bytes=48_000,
        destroyed_at=gone,
    )
    told = text(page(sign_in(cast.reviewer), call, "?panel=keep"))
    assert "Deleted for ever" in told
    assert str(receipt.id) in told
    assert "Its time to be kept was over." in told
    assert "2 versions, 93.8" in told
    assert "An earlier run broke off; the last one still had 1 to delete." in told


def test_who_listened_is_a_verb_of_its_own_and_an_entry(
    cast: Cast, sign_in: SignIn, call: Call, entries: Entries
) -> None:
    part = call.recordings.get()
    ListenFactory.create(
        recording=part,
        listener=cast.reviewer,
        links_served=2,
        heard=[[0, 31_000]],
        heard_ms=31_000,
        reported_at=STARTED,
    )
    DisclosureFactory.create(recording=part, by=cast.officer)
    told = text(page(sign_in(cast.officer), call, "?panel=listened"))
    assert "Rosa Reviewer for quality" in told
    assert "Served 2 links" in told
    assert "Reported heard 0:31 of 1:20" in told
    assert "To Court clerk: Court order" in told
    assert [e.object_pk for e in entries(act=Action.LISTENERS_VIEWED)] == [str(call.id)]
    url = reverse("call", args=[call.id])
    refused = sign_in(cast.reviewer).get(url + "?panel=listened")
    assert refused.status_code == 403
    assert "Who listened" not in page(sign_in(cast.reviewer), call)


def test_a_panel_comes_alone_when_only_it_is_asked_for(
    cast: Cast, sign_in: SignIn, call: Call
) -> None:
    response = sign_in(cast.reviewer).get(
        reverse("call", args=[call.id]) + "?panel=file", headers={"HX-Target": "panel"}
    )
    html = response.content.decode()
    assert html.lstrip().startswith('<section class="pane call-panel" id="panel"')
    assert call.recordings.get().object_key in html


def test_neighbours_carry_the_list_and_the_purpose(cast: Cast, sign_in: SignIn) -> None:
    newest, middle, oldest = (
        hearable_call(cast.claims, started_at=STARTED - timedelta(hours=n))
        for n in range(3)
    )
    hearable_call(cast.sales, started_at=STARTED - timedelta(minutes=30))
    query = f"?when=all&team={cast.claims.id}"
    html = page(sign_in(cast.officer), middle, query + "&for=quality&t=9")
    kept = f"team={cast.claims.id}&amp;when=all&amp;for=quality"
    assert f'href="/calls/{newest.id}/?{kept}" rel="prev"' in html
    assert f'href="/calls/{oldest.id}/?{kept}" rel="next"' in html


def test_parts_have_addresses_and_the_gap_between_them_is_told(
    cast: Cast, sign_in: SignIn, call: Call
) -> None:
    first = call.recordings.get()
    assert first.started_at
    first.ended_at = first.started_at + timedelta(seconds=20)
    first.save()
    later = first.started_at + timedelta(seconds=62)
    part_of(call, part=2, started_at=later, object_key="recordings/2.ogg")
    html = page(sign_in(cast.reviewer), call, "?part=2")
    assert "0:42 not recorded" in text(html)
    assert re.search(r'<a href="\?part=2"\s+aria-current="true"', html)
    assert "?part=1&amp;t=" in html


def test_it_costs_a_fixed_number_of_queries(
    cast: Cast,
    sign_in: SignIn,
    call: Call,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    client = sign_in(cast.reviewer)
    page(client, call)
    with django_assert_num_queries(16):
        page(client, call)
    part_of(call, part=2, object_key="recordings/2.ogg")
    with django_assert_num_queries(16):
        page(client, call)


def test_an_end_that_was_worked_out_is_said_to_be(
    cast: Cast, sign_in: SignIn, call: Call
) -> None:
    client = sign_in(cast.reviewer)
    assert "worked out" not in text(page(client, call))

    call.parties.update(left_at=None, gone_at=call.ended_at)
    Call.objects.update(ended_by=Call.EndedBy.FOUND)

    shown = text(page(client, call, "?panel=parties"))
    assert "LiveKit did not tell it, and had nobody when asked" in shown
    assert "\N{EN DASH} now" not in shown
