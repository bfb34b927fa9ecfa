"""What must not be on a recording: destroyed at once by two, or sealed from everybody."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from compliance.access import approving
from compliance.access.refusals import Hidden, Refused
from compliance.access.roles import Role
from compliance.audit.actions import Action
from compliance.custody import Scope
from compliance.models import (
    Approval,
    AuditEntry,
    DestructionReceipt,
    Person,
    Purpose,
)
from compliance.retention import holds, pausing
from recordings import destruction, media_store, misplaced, playback, quarantine, spills
from recordings.media_store import StoreRefused
from recordings.misplaced import What
from recordings.models import Alert, CompensatingControl, Recording, Spill
from recordings.stock_tasks import destroy_spill, settle_spills
from tests.cast import Cast
from tests.factories.hearable import hearable_call, part_of
from tests.factories.second_person import second
from tests.reading import words

pytestmark = pytest.mark.django_db
SignIn = Callable[[Person], Client]
Entries = Callable[..., list[AuditEntry]]
State = Recording.State


@pytest.fixture(autouse=True)
def _own_folder(settings: Any, tmp_path: Any) -> None:
    settings.MEDIA_STORE = {"kind": "local", "root": tmp_path}


@pytest.fixture
def other(cast: Cast) -> Person:
    """A second officer."""
    return second(Role.OFFICER)


@pytest.fixture
def spill(cast: Cast) -> Spill:
    """Card data that a reviewer heard on a recording which is to stay for years."""
    years = timezone.now() + timedelta(days=2000)
    part = part_of(hearable_call(cast.claims), expires_at=years)
    misplaced.report(
        recording=part,
        what=What.CARD,
        at_ms=1000,
        by=cast.reviewer,
        now=timezone.now(),
    )
    return Spill.objects.get()


def kept_by_hold(cast: Cast, spill: Spill) -> None:
    holds.place(
        matter="M",
        reason="R",
        scope=Scope(calls=(spill.recording.call_id,)),
        by=cast.officer,
        now=timezone.now(),
    )


def agreed(approval: Approval, by: Person) -> None:
    now = timezone.now()
    approving.approve(approval=approval, by=by, now=now)
    approval.refresh_from_db()
    approving.carry_out(approval=approval, by=by, now=now)


def sealed(cast: Cast, browser: Client, spill: Spill, **more: str) -> Any:
    kept_by_hold(cast, spill)
    review = (timezone.now() + timedelta(days=30)).date().isoformat()
    said = {
        "cause": "A dispute holds it",
        "risk": "The number is in the store",
        "done": "Sealed, keys of the bucket withdrawn",
        "owner": str(cast.officer.pk),
        "review_on": review,
    }
    return browser.post(f"/spills/{spill.pk}/seal", {**said, **more}, follow=True)


def test_what_is_reported_in_the_player_is_in_the_inbox_and_on_the_call(
    cast: Cast, spill: Spill, sign_in: SignIn
) -> None:
    browser = sign_in(cast.officer)

    assert "card data" in words(browser.get("/spills/"))
    call = browser.get(f"/calls/{spill.recording.call_id}/").content.decode()
    assert f"/spills/{spill.pk}/" in call


def test_two_people_have_it_destroyed_at_once_whatever_its_policy_says(
    cast: Cast, other: Person, spill: Spill, sign_in: SignIn
) -> None:
    sign_in(cast.officer).post(f"/spills/{spill.pk}/destroy")
    agreed(Approval.objects.get(), other)

    now = timezone.now()
    assert spills.due(now=now, limit=9) == [spill.recording_id]
    destruction.destroy(recording_id=spill.recording_id, reason=spills.REASON, now=now)

    spill.recording.refresh_from_db()
    assert spill.recording.state == State.DESTROYED
    assert DestructionReceipt.objects.get().reason == "spill"
    assert media_store.store().head(spill.recording.object_key) is None
    assert spills.due(now=now, limit=9) == []
    assert not spills.inbox(cast.officer).exists()


def test_nobody_destroys_it_alone(cast: Cast, spill: Spill, sign_in: SignIn) -> None:
    page = sign_in(cast.officer).post(f"/spills/{spill.pk}/destroy", follow=True)

    assert "Nobody is left who could approve this." in words(page)
    assert not Approval.objects.exists()


@pytest.mark.usefixtures("other")
def test_what_a_hold_or_a_floor_keeps_is_sealed_instead(
    cast: Cast, spill: Spill, sign_in: SignIn, entries: Entries
) -> None:
    browser = sign_in(cast.officer)
    floor = timezone.now() + timedelta(days=400)
    Recording.objects.filter(pk=spill.recording_id).update(keep_until=floor)

    page = browser.post(f"/spills/{spill.pk}/destroy", follow=True)
    assert "seal it instead" in words(page)
    assert not Approval.objects.exists()
    sealed(cast, browser, spill)

    spill.recording.refresh_from_db()
    assert spill.recording.state == State.SEALED
    control = CompensatingControl.objects.get()
    assert (control.owner, control.risk) == (cast.officer, "The number is in the store")
    told = next(one for one in entries() if one.act == Action.RECORDING_SEALED)
    assert told.facts["because"] == "legal_ground,floor"
    assert not Alert.objects.filter(closed_at=None).exists()


@pytest.mark.usefixtures("other")
def test_the_lock_of_the_store_forbids_as_a_floor_does(spill: Spill) -> None:
    now = timezone.now()
    assert spills.forbidden(spill.recording, now=now) == []
    spill.recording.locked_until = now + timedelta(days=9)

    assert spills.forbidden(spill.recording, now=now) == [spills.FLOOR]


def test_what_may_go_is_not_sealed(cast: Cast, spill: Spill, sign_in: SignIn) -> None:
    browser = sign_in(cast.officer)
    control = spills.Control(
        "c", "r", "d", cast.officer, (timezone.now() + timedelta(days=9)).date()
    )

    with pytest.raises(spills.CannotDo):
        spills.seal(spill=spill, control=control, by=cast.officer, now=timezone.now())

    assert "Destroy it now" in words(browser.get(f"/spills/{spill.pk}/"))


def hear(part: Recording, by: Person, purpose: Purpose) -> object:
    return playback.open(
        recording_id=part.pk, listener=by, purpose=purpose, now=timezone.now()
    )


@pytest.mark.django_db(transaction=True)
def test_what_is_sealed_is_heard_as_evidence_alone_by_whom_two_let(
    cast: Cast, other: Person, spill: Spill, sign_in: SignIn
) -> None:
    browser = sign_in(cast.officer)
    sealed(cast, browser, spill)
    part = spill.recording
    for person in (cast.reviewer, cast.officer, other):
        with pytest.raises((Refused, Hidden)):
            hear(part, person, Purpose.EVIDENCE)
    part.refresh_from_db()
    assert not quarantine.release(recording=part, by=other, now=timezone.now())

    browser.post(f"/spills/{spill.pk}/hear")
    agreed(Approval.objects.get(), other)

    assert hear(part, cast.officer, Purpose.EVIDENCE)
    for person, purpose in (
        (cast.officer, Purpose.QUALITY),
        (other, Purpose.EVIDENCE),
    ):
        with pytest.raises(Refused):
            hear(part, person, purpose)


def test_a_control_is_closed_by_somebody_else_and_missed_reviews_are_told(
    cast: Cast, other: Person, spill: Spill, sign_in: SignIn
) -> None:
    sealed(cast, sign_in(cast.officer), spill)
    control = CompensatingControl.objects.get()
    url = f"/controls/{control.pk}/close"

    settle_spills()
    assert not Alert.objects.filter(kind=Alert.Kind.CONTROL_DUE).exists()
    spills.judge(now=timezone.now() + timedelta(days=40))
    assert Alert.objects.get(kind=Alert.Kind.CONTROL_DUE).closed_at is None
    page = sign_in(cast.officer).post(url, {"closing": "it is gone"}, follow=True)
    assert "Nobody closes what he opened" in words(page)
    sign_in(other).post(url, {"closing": "the dispute is over"})

    control.refresh_from_db()
    assert (control.closed_by, control.closing) == (other, "the dispute is over")


@pytest.mark.usefixtures("other")
def test_a_sealed_one_goes_by_the_same_lane_when_nothing_forbids_it_any_more(
    cast: Cast, spill: Spill, sign_in: SignIn
) -> None:
    browser = sign_in(cast.officer)
    floor = timezone.now() + timedelta(days=400)
    Recording.objects.filter(pk=spill.recording_id).update(
        keep_until=floor, state=State.SEALED
    )
    assert "A floor keeps it longer." in words(browser.get(f"/spills/{spill.pk}/"))

    Recording.objects.filter(pk=spill.recording_id).update(keep_until=None)
    browser.post(f"/spills/{spill.pk}/destroy")

    assert Approval.objects.get().content["recording"] == str(spill.recording_id)


def test_a_task_that_waited_destroys_nothing_once_the_sweep_is_stopped(
    cast: Cast, other: Person, spill: Spill, sign_in: SignIn
) -> None:
    sign_in(cast.officer).post(f"/spills/{spill.pk}/destroy")
    agreed(Approval.objects.get(), other)
    now = timezone.now()
    assert spills.due(now=now, limit=9) == [spill.recording_id]
    pausing.pause(reason="A backup is put back.", by=cast.officer, now=now)

    destroy_spill(str(spill.recording_id))
    assert not DestructionReceipt.objects.exists()

    pausing.resume(by=cast.officer, now=now)
    destroy_spill(str(spill.recording_id))
    assert DestructionReceipt.objects.get().reason == spills.REASON


def test_what_the_store_refuses_waits_its_hour_and_others_go_before(
    cast: Cast,
    other: Person,
    spill: Spill,
    sign_in: SignIn,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sign_in(cast.officer).post(f"/spills/{spill.pk}/destroy")
    agreed(Approval.objects.get(), other)
    now = timezone.now()

    def refuse(keys: list[str]) -> dict[str, StoreRefused]:
        return dict.fromkeys(keys, StoreRefused("Locked."))

    monkeypatch.setattr(media_store.store(), "delete_several", refuse)
    with pytest.raises(StoreRefused):
        destroy_spill(str(spill.recording_id))

    minutes = timedelta(minutes=2)
    assert spills.due(now=now + minutes, limit=9) == []
    hour = timedelta(hours=1) + minutes
    assert spills.due(now=now + hour, limit=9) == [spill.recording_id]
