"""What of a recording may leave in the copy of one person: which side, without what.

The person's own side leaves alone where LiveKit kept the sides apart. Where somebody
else is or may be on it, one of us has to listen first, mark their words or keep it all
(GDPR Art. 15(4)). Why something is withheld never tells of a hold.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from compliance.models import SubjectRequest
from compliance.requests import subject as subjects
from compliance.retention import held
from recordings import about
from recordings.models import CopyItem, CopyReview, Party, Recording

Withheld = CopyItem.Withheld
Sound = CopyItem.Sound
Sides, State = Recording.Sides, Recording.State
_STEREO = 2


@dataclass(frozen=True)
class Cut:
    """What leaves. channel: the one that is kept, None for all; ranges in ms."""

    channel: int | None
    ranges: tuple[tuple[int, int], ...] = ()

    @property
    def sound(self) -> Sound:
        """What it is called."""
        return Sound.ALL if self.channel is None else Sound.OWN_SIDE


@dataclass(frozen=True)
class Own:
    """Where the person is heard. is_alone: nobody else is on that channel."""

    channel: int | None
    is_alone: bool


class Judge:
    """Judges recordings for one request; reads what bears on all of them once."""

    def __init__(
        self, request: SubjectRequest, parts: Iterable[Recording], *, now: datetime
    ) -> None:
        told = list(parts)
        calls = {part.call_id for part in told}
        subject = subjects.of(request)
        mine = about.parties(subject).filter(call__in=calls)
        self._mine = set(mine.values_list("pk", flat=True))
        self._parties: Mapping[UUID | None, list[Party]] = _by_call(calls)
        self._reviews = {
            one.recording_id: one
            for one in CopyReview.objects.filter(
                request=request, recording__in=[part.pk for part in told]
            ).prefetch_related("ranges")
        }
        kept = held.rows(Recording.ITEM, now=now).filter(hold__is_confidential=True)
        ids = [part.pk for part in told]
        self._sealed = set(
            kept.filter(item_id__in=ids).values_list("item_id", flat=True)
        )
        self._now = now

    def review(self, part: Recording) -> CopyReview | None:
        """What one of us decided about it for this request."""
        return self._reviews.get(part.pk)

    def judge(self, part: Recording) -> Cut | Withheld:
        """What of it may leave now, or why nothing does."""
        if part.state in Recording.SHUT or part.pk in self._sealed:
            return Withheld.LEGAL
        if part.state == State.EXPIRED:
            return Withheld.GOING
        if not part.is_hearable:
            return Withheld.NOT_PLAYABLE
        review = self.review(part)
        if review and review.decision == CopyReview.Decision.KEEP:
            return Withheld.OTHERS
        own = self.own(part)
        if not (own.is_alone or review):
            return Withheld.UNREVIEWED
        if not part.is_within_reach(now=self._now):
            return Withheld.ARCHIVED
        marked = review.ranges.all() if review else ()
        return Cut(own.channel, tuple((one.start_ms, one.end_ms) for one in marked))

    def own(self, part: Recording) -> Own:
        """On which channel the person is, and whether alone."""
        present = [
            one for one in self._parties.get(part.call_id, []) if _was_there(one, part)
        ]
        sides = {_side(part, one) for one in present if one.pk in self._mine}
        if len(sides) != 1 or None in sides:
            return Own(None, is_alone=False)
        (side,) = sides
        there = {one.pk for one in present if _side(part, one) == side}
        return Own(side, is_alone=there <= self._mine)


def _by_call(calls: set[UUID]) -> dict[UUID | None, list[Party]]:
    found: dict[UUID | None, list[Party]] = defaultdict(list)
    for one in Party.objects.filter(call__in=calls):
        found[one.call_id].append(one)
    return found


def _was_there(party: Party, part: Recording) -> bool:
    """Whether they may be heard in it; what is not known counts as yes."""
    came = party.joined_at is None or part.ended_at is None
    left = party.until is None or part.started_at is None
    return (came or party.joined_at < part.ended_at) and (  # type: ignore[operator]
        left or party.until > part.started_at  # type: ignore[operator]
    )


def _side(part: Recording, party: Party) -> int | None:
    """The channel this party is on: 0 left, 1 right; None where sides are not apart.

    LiveKit tells AI agents by their SDK; a recorder that could not tell them mixed all.
    """
    if part.channels != _STEREO or part.source_is_sdk is False:
        return None
    if part.sides == Sides.AGENT_LEFT:
        return 0 if party.role == Party.Role.AGENT else 1
    if part.sides == Sides.CALLER_LEFT:
        return 0 if party.role == Party.Role.CALLER else 1
    return None
