"""One person alone is silenced in a recording; what others said is heard as before."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from pytest_django.fixtures import Settings

from compliance import certificate_paper, certificates
from compliance.audit.actions import Action
from compliance.custody import Scope
from compliance.models import (
    AuditEntry,
    DestructionReceipt,
    Hold,
    JournalEntry,
    PlanItem,
    RequestPlan,
    Restriction,
    SubjectRequest,
)
from compliance.requests import plan, plan_keeping, request_certificate
from compliance.retention import holds, policies
from compliance.vault import VaultError
from recordings import destruction, inventory, media_store, silencing
from recordings.media_store import MediaStore, StoreUnavailable
from recordings.models import (
    CallLabel,
    CopyReview,
    Discrepancy,
    Party,
    Recording,
    Rendition,
    SilencedRange,
)
from tests.cast import Cast
from tests.factories import redactions
from tests.factories.recordings import STARTED
from tests.factories.redactions import AGENT, CALLER, agreed, carried_out, heard

pytestmark = pytest.mark.django_db
Entries = Callable[..., list[AuditEntry]]
NOW = STARTED + timedelta(days=9)
DAY = timedelta(days=1)


@pytest.fixture
def store(settings: Settings, tmp_path: object) -> MediaStore:
    settings.MEDIA_STORE = {"kind": "local", "root": tmp_path}
    return media_store.store()


@pytest.fixture
def request_of(cast: Cast) -> SubjectRequest:
    return redactions.erasure(cast, now=NOW)


@pytest.fixture
def part(cast: Cast, store: MediaStore) -> Recording:
    return redactions.spoken(cast, store)


def fate_of(made: RequestPlan) -> tuple[str, str, str]:
    one = made.items.get()
    return one.treatment, one.ground, one.fate


def files(store: MediaStore) -> list[str]:
    return list(store.keys("recordings/"))


def names() -> list[str]:
    return sorted(str(one.name) for one in Party.objects.all())


def loudness(samples: object) -> float:
    told = list(samples)[4_800:-4_800]  # type: ignore[call-overload]
    return float((sum(one * one for one in told) / len(told)) ** 0.5)


def test_the_persons_side_is_digital_silence_and_the_others_as_loud_as_before(
    cast: Cast,
    store: MediaStore,
    part: Recording,
    request_of: SubjectRequest,
    entries: Entries,
) -> None:
    before, was = heard(store, part), part.sha256
    CallLabel.objects.create(call=part.call, key="ticket", value="T-1")
    old = part.object_key

    made = carried_out(agreed(cast, request_of, now=NOW), now=NOW)

    assert made.state == RequestPlan.State.DONE
    assert fate_of(made) == ("redact", "", "redacted")
    part.refresh_from_db()
    after = heard(store, part)
    assert len(after) == 2
    assert set(after[CALLER]) == {0}, "every sample"
    assert loudness(after[AGENT]) == pytest.approx(loudness(before[AGENT]), rel=0.01)
    assert files(store) == [part.object_key], "the original and its MP3 are gone"
    assert old != part.object_key
    assert part.is_hearable
    assert part.waveform.peaks[CALLER] == [0] * len(part.waveform.peaks[CALLER])
    assert max(part.waveform.peaks[AGENT]) > 0
    assert not Rendition.objects.exists()
    assert names() == ["", "Mia"]
    assert CallLabel.objects.exists(), "it belongs to the call, which goes on"
    assert not Restriction.objects.filter(lifted_at=None).exists()

    receipt = DestructionReceipt.objects.get()
    assert (receipt.item_kind, receipt.item_id) == ("original", part.pk)
    assert (receipt.reason, receipt.sha256) == ("redaction", was)
    assert (receipt.versions_listed, receipt.versions) == (2, 2)
    told = entries(act=Action.RECORDING_REDACTED)[0].facts
    assert (told["before"], told["sha256"]) == (was, part.sha256)
    assert told["request"] == str(request_of.pk)
    assert entries(act=Action.ORIGINAL_DESTROYED)[0].facts["versions"] == 2
    assert entries(act=Action.REQUEST_PLAN_DONE)[0].facts["redacted"] == 1
    page = JournalEntry.objects.get(kind="redacted").page
    assert page.put_at is not None, "the vault knew before anything went"
    assert "made silent" in str(made.reasons)


def test_the_certificate_counts_it_apart_and_commits_to_what_it_was(
    cast: Cast, store: MediaStore, part: Recording, request_of: SubjectRequest
) -> None:
    carried_out(agreed(cast, request_of, now=NOW), now=NOW)
    issued = request_certificate.issue(request=request_of, by=cast.officer, now=NOW)
    said = certificates.said(issued)
    assert said["request"]["redacted"] == 1
    [item] = said["items"]
    assert (item["kind"], item["reason"]) == ("original", "redaction")
    assert part.sha256 not in issued.body
    told = dict(certificate_paper.sheet(issued).facts)
    assert (told["Recordings"], told["Files of before one person was silenced"]) == (
        "0",
        "1",
    )


def test_it_is_not_offered_where_sides_are_together_and_says_why(
    cast: Cast, store: MediaStore, request_of: SubjectRequest
) -> None:
    redactions.spoken(cast, store, sides=Recording.Sides.TOGETHER)
    apart = redactions.spoken(cast, store)
    made = plan.make(request=request_of, by=cast.officer, now=NOW)
    ids = list(made.items.values_list("pk", flat=True))

    changed, why = plan.redact(plan=made, items=ids, by=cast.officer, now=NOW)

    assert changed == 1
    assert dict(why) == {
        "sides are not apart, and nobody has marked where others are heard": 1
    }
    assert made.items.get(treatment="redact").item_id == apart.pk
    plan.treat(plan=made, items=ids, ground="", until=None, by=cast.officer, now=NOW)
    assert not made.items.filter(treatment="redact").exists(), "it is taken back"


def test_marked_stretches_of_others_stay_where_sides_are_together(
    cast: Cast, store: MediaStore, request_of: SubjectRequest
) -> None:
    part = redactions.spoken(cast, store, sides=Recording.Sides.TOGETHER)
    review = CopyReview.objects.create(
        request=request_of, recording=part, decision="give", by=cast.officer
    )
    SilencedRange.objects.create(review=review, start_ms=500, end_ms=1000)

    carried_out(agreed(cast, request_of, now=NOW), now=NOW)

    part.refresh_from_db()
    for side in heard(store, part):
        assert set(side[:24_000]) == {0}
        assert max(side[24_000:48_000]) > 5_000
        assert set(side[48_000:]) == {0}


def test_a_hold_keeps_the_original_and_it_is_silenced_when_that_is_over(
    cast: Cast, store: MediaStore, part: Recording, request_of: SubjectRequest
) -> None:
    made = agreed(cast, request_of, now=NOW)
    scope = Scope(calls=(part.call_id,))
    holds.place(matter="M", reason="R", scope=scope, by=cast.officer, now=NOW)
    before = files(store)

    carried_out(made, now=NOW)

    assert fate_of(made) == ("keep", "legal", "kept")
    assert files(store) == before
    assert "Erika" in names(), "who spoke must stay known"
    later = NOW + 400 * DAY
    Hold.objects.update(state="over", released_at=later, cools_until=later)
    assert plan_keeping.review(now=later + DAY)
    carried_out(made, now=later + DAY)
    assert fate_of(made) == ("redact", "", "redacted")


@pytest.mark.parametrize("keeps", ["hold", "floor", "claims"])
def test_what_keeps_the_original_is_not_to_be_chosen_against(
    cast: Cast,
    store: MediaStore,
    part: Recording,
    request_of: SubjectRequest,
    keeps: str,
) -> None:
    if keeps == "hold":
        scope = Scope(calls=(part.call_id,))
        holds.place(matter="M", reason="R", scope=scope, by=cast.officer, now=NOW)
    elif keeps == "floor":
        Recording.objects.filter(pk=part.pk).update(keep_until=NOW + DAY)
    else:
        Restriction.objects.create(
            kind="recording",
            item_id=part.pk,
            ground="claims",
            placed_by=cast.officer,
            placed_at=NOW,
        )
    made = plan.make(request=request_of, by=cast.officer, now=NOW)
    ids = list(made.items.values_list("pk", flat=True))
    assert plan.redact(plan=made, items=ids, by=cast.officer, now=NOW) == (0, {})
    assert fate_of(made)[0] == "keep"


def test_a_hold_that_comes_while_the_new_file_is_written_keeps_the_original(
    cast: Cast,
    store: MediaStore,
    part: Recording,
    request_of: SubjectRequest,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made = agreed(cast, request_of, now=NOW)
    before, write = files(store), silencing.make

    def held_meanwhile(*given: Any) -> silencing.Made:
        written = write(*given)
        scope = Scope(calls=(part.call_id,))
        holds.place(matter="M", reason="R", scope=scope, by=cast.officer, now=NOW)
        return written

    monkeypatch.setattr(silencing, "make", held_meanwhile)
    carried_out(made, now=NOW)

    assert fate_of(made) == ("keep", "legal", "kept")
    assert files(store) == before, "and the new file is away again"


def test_found_anew_who_was_to_be_silenced_alone_is_not_deleted_instead(
    cast: Cast, part: Recording, request_of: SubjectRequest
) -> None:
    first = plan.make(request=request_of, by=cast.officer, now=NOW)
    ids = list(first.items.values_list("pk", flat=True))
    plan.redact(plan=first, items=ids, by=cast.officer, now=NOW)

    again = plan.make(request=request_of, by=cast.officer, now=NOW + DAY)

    assert again.pk != first.pk
    assert fate_of(again) == ("redact", "", "planned")
    assert again.items.get(item_id=part.pk).in_part


def test_nobody_is_silenced_before_new_policies_have_dated_the_recording(
    cast: Cast, store: MediaStore, part: Recording, request_of: SubjectRequest
) -> None:
    made, before = agreed(cast, request_of, now=NOW), files(store)
    behind = {"dating": {"by": "others"}, "edition": policies.edition() - 1}
    Recording.objects.filter(pk=part.pk).update(**behind)

    carried_out(made, now=NOW)
    assert fate_of(made)[2] == PlanItem.Fate.FAILED
    assert files(store) == before

    Recording.objects.filter(pk=part.pk).update(edition=policies.edition())
    carried_out(made, now=NOW)
    assert fate_of(made)[2] == PlanItem.Fate.REDACTED


def test_what_cannot_be_read_whole_stays_whole(
    cast: Cast, store: MediaStore, request_of: SubjectRequest
) -> None:
    part = redactions.spoken(cast, store, duration_ms=9_000)
    before = files(store)
    made = carried_out(agreed(cast, request_of, now=NOW), now=NOW)
    assert fate_of(made) == ("keep", "others", "kept")
    part.refresh_from_db()
    assert part.object_key in files(store)
    assert plan_keeping.review(now=NOW + 2 * DAY) == 1, "it may be whole by then"
    for one in Rendition.objects.filter(form="redact"):
        destruction.drop(rendition_id=one.pk, now=NOW + 2 * DAY)
    assert files(store) == before, "what was tried goes by itself"


def test_nothing_goes_while_the_vault_does_not_answer_and_no_orphan_is_seen(
    cast: Cast,
    store: MediaStore,
    part: Recording,
    request_of: SubjectRequest,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made = agreed(cast, request_of, now=NOW)
    old = part.object_key

    def away(*_given: object, **_more: object) -> None:
        raise VaultError("away")

    with monkeypatch.context() as patch:
        patch.setattr("recordings.vault.StoreVault.put_once", away)
        carried_out(made, now=NOW)
    part.refresh_from_db()
    assert fate_of(made)[2] == PlanItem.Fate.FAILED
    assert part.object_key != old, "it is heard without the person already"
    assert old in files(store)
    _look_through(store)
    assert not Discrepancy.objects.exists(), "both files are known"

    def refuse(*_given: object, **_more: object) -> None:
        raise StoreUnavailable("slow down")

    with monkeypatch.context() as patch:
        patch.setattr(type(store), "delete_all_versions", refuse)
        carried_out(made, now=NOW)
    assert old in files(store)
    carried_out(made, now=NOW)
    assert files(store) == [part.object_key]
    assert JournalEntry.objects.filter(kind="redacted").count() == 1


def _look_through(store: MediaStore) -> None:
    later = timezone.now() + 2 * DAY  # what lies there is no longer young
    run = inventory.begin(store=store.name, by=None, now=later)
    while inventory.advance(inventory_id=run.pk, now=later):
        pass
