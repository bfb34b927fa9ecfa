"""Why a part is still here, or gone: every clock that bears on it, and which one wins.

Read from what was stored when it was dated, so a tombstone tells as much as a recording.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from compliance.access import policy
from compliance.access.permissions import Verb
from compliance.models import (
    ConsentRule,
    DestructionReceipt,
    Person,
    Purpose,
    RetentionPolicy,
)
from compliance.retention import wording
from compliance.retention.periods import OPEN_END
from compliance.retention.rules import Side
from compliance.templatetags.lanes import Lane
from recordings import endings, expiry
from recordings.models import Call, Recording
from recordings.web import store_words


@dataclass(frozen=True)
class Line:
    """One clock: whose it is, what it says, until when, and whether it decides.
    standing: in words, how much it counts. tone: of its bar."""

    name: str
    says: str
    at: datetime | None
    standing: str
    tone: str
    wins: bool = False
    url: str = ""
    series: Any = None
    place: str = ""
    lane: Lane | None = None


@dataclass(frozen=True)
class Why:
    """Why one part is still here, or why it is gone."""

    part: Recording
    lines: Sequence[Line]
    goes_at: datetime | None
    destroyed_from: datetime | None
    because: str
    restrictions: Sequence[str]
    stored: Sequence[str] = ()
    receipt: DestructionReceipt | None = None
    receipt_why: str = ""
    originals: Sequence[DestructionReceipt] = ()
    sealed: bool = False
    may_return: bool = False
    shows: datetime | None = None


def of_call(call: Call, viewer: Person, *, now: datetime) -> list[Why]:
    """Each part of a call with its clocks, in three queries, or four with events."""
    parts = list(call.recordings.all())
    bounds = [one for part in parts for one in part.dating.get("bounds", ())]
    refs = {one["ref"] for one in bounds if one["side"] != Side.LAW}
    laws = {one["ref"] for one in bounds if one["side"] == Side.LAW}
    rows = RetentionPolicy.objects.select_related("adopted_by")
    sources = {
        **{str(pk): one for pk, one in rows.in_bulk(refs).items()},
        **{str(pk): one for pk, one in ConsentRule.objects.in_bulk(laws).items()},
    }
    codes = {one.event for one in sources.values() if hasattr(one, "event")} - {""}
    events = wording.event_names(codes) if codes else {}
    ids = [part.id for part in parts]
    receipts: dict[UUID, list[DestructionReceipt]] = defaultdict(list)
    for one in DestructionReceipt.objects.filter(item_id__in=ids).order_by(
        "destroyed_at"
    ):
        receipts[one.item_id].append(one)
    may_open = policy.allows(viewer, Verb.EDIT_POLICY, call)
    may_return = policy.allows(viewer, Verb.STOP_DELETION, call)
    told = [
        _why(part, call, sources, receipts[part.id], events, now, may_open=may_open)
        for part in parts
    ]
    return [
        replace(
            one,
            may_return=may_return and expiry.may_be_brought_back(one.part, now=now),
        )
        for one in told
    ]


def _why(
    part: Recording,
    call: Call,
    sources: Mapping[str, Any],
    receipts: Sequence[DestructionReceipt],
    events: Mapping[str, str],
    now: datetime,
    *,
    may_open: bool,
) -> Why:
    originals = [one for one in receipts if one.item_kind == one.ORIGINAL]
    receipt = next((one for one in receipts if one not in originals), None)
    bounds = part.dating.get("bounds", [])
    lines = [
        _line(one, sources[one["ref"]], events, may_open=may_open) for one in bounds
    ]
    by_hand = _moment(part.dating.get("by_hand"))
    if part.expires_at != _moment(part.dating.get("written")):
        by_hand = part.expires_at
    if by_hand:
        lines.append(_by_hand(by_hand, call))
    if part.spared_until:
        lines.append(_spared(part))
    lines = _judged(lines, part)
    last = max(
        filter(None, (part.gone_by or part.expires_at, part.keep_until)), default=None
    )
    unadopted = [_moment(b["at"]) for b in bounds if not b["counts"]]
    is_open = last == OPEN_END
    return Why(
        part=part,
        lines=_drawn(lines, part, call, now),
        goes_at=part.expires_at,
        destroyed_from=last if part.expires_at and not is_open else None,
        because=_because(part, by_hand),
        restrictions=_restrictions(part, call, now),
        stored=[
            *store_words.lock(part, now=now),
            *store_words.place(part, now=now),
        ],
        receipt=receipt,
        receipt_why=endings.reason(receipt.reason) if receipt else "",
        originals=originals,
        sealed=bool(
            part.expires_at and part.keep_until and part.keep_until > part.expires_at
        ),
        shows=min((at for at in unadopted if at and at < OPEN_END), default=None),
    )


def _line(
    bound: Mapping[str, Any], source: Any, events: Mapping[str, str], *, may_open: bool
) -> Line:
    at: datetime | None = _moment(bound["at"])
    at = None if at == OPEN_END else at
    if bound["side"] == Side.LAW:
        purpose = Purpose(bound["purposes"][0]).label
        says = _("keep for %(period)s at most, for %(purpose)s") % {
            "period": wording.period(bound["period"]),
            "purpose": purpose,
        }
        name = _("Law of %(place)s") % {"place": source.place_name}
        return Line(name, says, at, "", "law", place=source.place)
    is_floor = bound["side"] == Side.FLOOR
    if not bound["period"]:
        says = _("keep until %(day)s, as an authority asked for it") % {
            "day": wording.day(date.fromisoformat(bound["since"]))
        }
        return _of_policy(bound, source, says, at, may_open=may_open)
    words = _("keep at least %(period)s") if is_floor else _("delete after %(period)s")
    says = words % {"period": wording.period(bound["period"])}
    if bound["clock"] != RetentionPolicy.Clock.CALL_END:
        says = _("%(says)s, counted from %(clock)s") % {
            "says": says,
            "clock": wording.clock(bound["clock"], events),
        }
    return _of_policy(bound, source, says, at, may_open=may_open)


def _of_policy(
    bound: Mapping[str, Any],
    source: RetentionPolicy,
    says: str,
    at: datetime | None,
    *,
    may_open: bool,
) -> Line:
    name = _("%(name)s, version %(v)s") % {"name": source.name, "v": source.version}
    default = "" if source.is_adopted else _("default, unreviewed")
    is_floor = bound["side"] == Side.FLOOR
    tone = "floor" if is_floor else "ceiling" if bound["counts"] else "shown"
    series = source.series if may_open else None
    return Line(name, says, at, default, tone, series=series)


def _by_hand(at: datetime, call: Call) -> Line:
    withdrawn = call.consent == Call.Consent.WITHDRAWN
    says = (
        _("consent was withdrawn, and this team erases what was recorded before")
        if withdrawn
        else _("a person decided that it goes")
    )
    return Line(_("Set apart from the policies"), says, at, "", "ceiling")


def _spared(part: Recording) -> Line:
    says = _("somebody wanted to hear it again before it goes")
    return Line(_("Brought back"), says, part.spared_until, "", "ceiling")


def _judged(lines: Sequence[Line], part: Recording) -> list[Line]:
    """Each line with what it counts for; of several with the date, the first wins."""
    if part.expires_at is None:
        decides: tuple[str, ...] = ()
    elif part.keep_until and part.keep_until >= part.expires_at:
        decides = ("floor",)
    else:
        decides = ("ceiling", "law")
    if part.keep_until == OPEN_END:
        decides = ("floor",)
    date = part.keep_until if decides == ("floor",) else part.expires_at
    date = None if date == OPEN_END else date
    won = next((x for x in lines if x.tone in decides and x.at == date), None)
    judged = []
    for line in lines:
        if line is won:
            words = _("decides")
        elif line.tone == "shown":
            words = _("only shows: nobody has adopted it")
        else:
            words = _("counts")
        if line.at is None:
            stands = _("its clock stands still until the event is told")
            words = f"{words}, {stands}"
        standing = f"{words} · {line.standing}" if line.standing else words
        judged.append(replace(line, standing=standing, wins=line is won))
    return judged


def _drawn(
    lines: Sequence[Line], part: Recording, call: Call, now: datetime
) -> list[Line]:
    """Each line as a bar on the one axis from the end of the part to the last date."""
    begins = _moment(part.dating.get("ended")) or part.ended_at or call.started_at
    ends = max([now, *(one.at for one in lines if one.at)])  # the others: all of it
    whole = max((ends - begins).total_seconds(), 1)

    def place(moment: datetime) -> float:
        return min(1.0, max(0.0, (moment - begins).total_seconds() / whole))

    return [
        replace(one, lane=Lane(place(one.at or ends), one.tone, today=place(now)))
        for one in lines
    ]


def _because(part: Recording, by_hand: datetime | None) -> str:
    """In one word where its date comes from; the page says it at length."""
    if not part.dating and part.expires_at is None:
        return "undated"
    if part.expires_at is None and any(not _starts(b) for b in part.dating["bounds"]):
        return "waits"
    if part.expires_at is None:
        return "uncovered" if part.policy_id is None else "no_end"
    if part.narrowed_from and part.expires_at == part.keep_until:
        return "conflict"
    if by_hand and part.expires_at == by_hand:
        return "by_hand"
    return "rule"


def _starts(bound: Mapping[str, Any]) -> bool:
    """Whether the clock of a bound that counts has started."""
    return not bound["counts"] or _moment(bound["at"]) != OPEN_END


def _restrictions(part: Recording, call: Call, now: datetime) -> list[str]:
    found = []
    if part.state == Recording.State.QUARANTINED:
        found.append(_("It is quarantined: nobody hears it."))
    if part.state == Recording.State.SEALED:
        found.append(_("It is sealed: nobody hears it, but as evidence and by two."))
    if call.consent == Call.Consent.WITHDRAWN:
        found.append(_("Consent was withdrawn: what it covered is closed."))
    if part.expires_at and part.expires_at <= now and part.destroyed_at is None:
        found.append(_("Its time is over: it is hidden, and nobody hears it."))
    if part.narrowed_from:
        names = ", ".join(str(Purpose(one).label) for one in part.narrowed)
        found.append(
            _("Kept for: %(purposes)s. Every other purpose ends with the ceiling.")
            % {"purposes": names}
        )
    return found


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
