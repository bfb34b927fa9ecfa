"""One call's whole life: agreed to, recorded, heard, held, released, gone; by one clock.

The verbs of the product in the test's own thread, beside the simulated line: years pass
where real processes would wait for them.
"""

from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from compliance.access import approving
from compliance.access.refusals import Refused
from compliance.access.roles import Role
from compliance.custody import Scope
from compliance.models import AuditEntry, DestructionReceipt, Hold, Person, Purpose
from compliance.retention import hold_release, holds
from compliance.retention.sweep import Swept, sweep
from recordings import media_store, playback
from recordings.models import Recording
from tests.cast import Cast
from tests.factories.second_person import second
from tests.line import Line

pytestmark = pytest.mark.django_db
State = Recording.State
YEAR = timedelta(days=365)
STORY = [
    "recording.listen_granted",
    "hold.placed",
    "hold.caught",
    "hold.released",
    "hold.over",
    "destruction.begun",
    "destruction.done",
]


@pytest.fixture
def part(line: Line) -> Recording:
    """A call was announced, agreed to, recorded for ninety days, and checked."""
    room = line.ring()
    for kind in ("announced", "granted"):
        line.say(kind)
    line.record(room)
    line.wait(room, 20)
    line.hang_up(room)
    line.sweep()
    return line.part()


def hear(part: Recording, person: Person, now: datetime) -> playback.Served:
    served = playback.open(
        recording_id=part.id,
        listener=person,
        purpose=Purpose.QUALITY,
        now=now,
    )
    assert isinstance(served, playback.Served)
    return served


def release(hold: Hold, cast: Cast, now: datetime) -> None:
    """One officer asks, another approves and carries it out."""
    other = second(Role.OFFICER)
    asked = hold_release.ask(hold=hold, by=cast.officer, now=now)
    approving.approve(approval=asked, by=other, now=now)
    asked.refresh_from_db()
    approving.carry_out(approval=asked, by=other, now=now)


def test_a_call_lives_as_long_as_it_must_and_no_longer(
    line: Line, cast: Cast, part: Recording, client: Client
) -> None:
    store, end = media_store.store(), part.expires_at
    assert part.state == State.AVAILABLE
    assert end is not None
    assert end - line.now > timedelta(days=89)

    # heard, until a hold outlives its date
    hear(part, cast.sales_reviewer, line.now + timedelta(days=1))
    hold = holds.place(
        matter="Smith v. Acme",
        reason="A letter of a lawyer",
        scope=Scope(calls=(part.call_id,)),
        by=cast.officer,
        now=line.now + timedelta(days=60),
    )
    for years in (1, 2, 3):
        assert sweep(now=line.now + years * YEAR) == Swept()
    assert store.head(part.object_key) is not None
    with pytest.raises(Refused):
        hear(part, cast.sales_reviewer, line.now + 3 * YEAR)

    # let go by two, and still there for a while
    let_go = line.now + 4 * YEAR
    release(hold, cast, let_go)
    assert sweep(now=let_go + timedelta(days=13)) == Swept()
    late = let_go + timedelta(days=14)
    assert hold_release.end_cooled(now=late) == 1

    # gone, once, and the portal still knows why
    assert sweep(now=late) == Swept(destroyed=1)
    assert sweep(now=late) == Swept()
    assert store.head(part.object_key) is None
    receipt = DestructionReceipt.objects.get()
    assert (receipt.item_id, receipt.sha256) == (part.id, part.sha256)
    client.force_login(cast.officer)
    page = client.get(reverse("call", args=[part.call_id]), {"panel": "keep"})
    assert "90 days" in page.text
    told = AuditEntry.objects.filter(act__in=STORY).order_by("id")
    assert list(told.values_list("act", flat=True)) == STORY
