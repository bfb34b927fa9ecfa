"""How the states of a call are worded and marked, on every page the same."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise
from typing import overload

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from compliance.templatetags.earwitness import duration
from recordings.listed import ListedCall, ListedPart, ListedParty
from recordings.models import Call, Party, Recording
from recordings.quarantine import is_held

_DIALLED = re.compile(r"(?:\d[ ()./-]*){7}")
NOTICEABLE = timedelta(seconds=2)
AnyCall = Call | ListedCall
"""A whole call with its parts and parties prefetched, or a row of the list."""
AnyPart = Recording | ListedPart


@dataclass(frozen=True)
class Wording:
    """A state as `{% state %}` draws it: word, mark, tone, and why."""

    word: str | Promise
    mark: str
    tone: str = ""
    reason: str | Promise = ""


CAPTURES = {
    Call.Capture.NONE: Wording(gettext_lazy("not recorded"), "none", "faint"),
    Call.Capture.EXCLUDED: Wording(
        gettext_lazy("rightly not recorded"), "none", "faint"
    ),
    Call.Capture.RECORDING: Wording(gettext_lazy("recording now"), "live", "red"),
    Call.Capture.CHECKING: Wording(gettext_lazy("being checked"), "work"),
    Call.Capture.RECORDED: Wording(gettext_lazy("recorded"), "recorded"),
    Call.Capture.PARTIAL: Wording(gettext_lazy("recorded in part"), "parts", "amber"),
    Call.Capture.FAILED: Wording(gettext_lazy("failed"), "cross", "red"),
    Call.Capture.GONE: Wording(gettext_lazy("deleted"), "gone", "faint"),
}

CONSENTS = {
    Call.Consent.UNDECIDED: Wording(gettext_lazy("not decided yet"), "wait", "faint"),
    Call.Consent.NOT_NEEDED: Wording(gettext_lazy("not needed"), "none", "faint"),
    Call.Consent.PENDING: Wording(gettext_lazy("waiting"), "wait", "amber"),
    Call.Consent.ANNOUNCED: Wording(gettext_lazy("announced"), "spoken"),
    Call.Consent.GRANTED: Wording(gettext_lazy("given"), "check"),
    Call.Consent.REFUSED: Wording(gettext_lazy("refused"), "refused"),
    Call.Consent.WITHDRAWN: Wording(gettext_lazy("withdrawn"), "refused"),
    Call.Consent.EXEMPT: Wording(gettext_lazy("do-not-record list"), "none"),
}


NOT_REPORTED = Wording(
    gettext_lazy("not reported"),
    "warn",
    "amber",
    gettext_lazy("It was recorded, and nobody reported what the law asks for."),
)
NEVER_REPORTED = Wording(
    gettext_lazy("not reported"),
    "none",
    "faint",
    gettext_lazy("Nobody reported what the law asks for, so nothing was recorded."),
)
HELD = Wording(
    gettext_lazy("held, officer decides"),
    "apart",
    "amber",
    gettext_lazy(
        "In quarantine: nobody hears it until a compliance officer has decided."
    ),
)
SEALED = Wording(
    gettext_lazy("sealed"),
    "held",
    "amber",
    gettext_lazy("It holds what must not be there and may not go: nobody hears it."),
)
LEAVING = Wording(
    gettext_lazy("about to be deleted"),
    "gone",
    "faint",
    gettext_lazy("Its time is over: the next hourly sweep deletes it for ever."),
)


def consent(call: AnyCall) -> Wording:
    """Where consent stands; on a call that is over, nobody waits for it any more."""
    if call.consent == Call.Consent.PENDING and not call.is_live:
        is_kept = call.capture not in {Call.Capture.NONE, Call.Capture.FAILED}
        return NOT_REPORTED if is_kept else NEVER_REPORTED
    return CONSENTS[Call.Consent(call.consent)]


def capture(call: AnyCall) -> Wording:
    """What became of the recording, with what is odd about it."""
    plain = CAPTURES[Call.Capture(call.capture)]
    parts = _parts(call)
    if apart := [p for p in parts if p.state in Recording.SHUT]:
        if any(part.state == Recording.State.SEALED for part in apart):
            return SEALED
        now = timezone.now()
        return HELD if any(is_held(part, now=now) for part in apart) else LEAVING
    if call.capture != Call.Capture.RECORDED:
        return plain
    if any(part.findings for part in parts):
        return Wording(
            _("recorded, look again"), "warn", "amber", _("the check found it odd")
        )
    if len(parts) > 1:
        return _in_parts(parts)
    return plain


def is_verified(call: AnyCall) -> bool:
    """Every part was hashed, and its check found nothing odd."""
    parts = _parts(call)
    return bool(parts) and all(part.sha256 and not part.findings for part in parts)


def _parts(call: AnyCall) -> Sequence[AnyPart]:
    """In order of their numbers."""
    return call.parts if isinstance(call, ListedCall) else list(call.recordings.all())


def _parties(call: AnyCall) -> Sequence[Party | ListedParty]:
    """In the order in which they joined."""
    return call.parties if isinstance(call, ListedCall) else list(call.parties.all())


def _in_parts(parts: Sequence[AnyPart]) -> Wording:
    """Two parts or more, and how much of the call lies between them."""
    count = ngettext("%(n)s part", "%(n)s parts", len(parts)) % {"n": len(parts)}
    gap = between(parts)
    if gap < NOTICEABLE:
        return Wording(count, "parts")
    length = duration(int(gap.total_seconds() * 1000))
    return Wording(
        _("%(parts)s, %(length)s not recorded") % {"parts": count, "length": length},
        "parts",
    )


def between(parts: Sequence[AnyPart]) -> timedelta:
    """How long nothing was recorded between consecutive parts."""
    gaps = timedelta()
    for earlier, later in pairwise(parts):
        if earlier.ended_at and later.started_at:
            gaps += max(timedelta(), later.started_at - earlier.ended_at)
    return gaps


@overload
def caller(call: Call) -> Party | None: ...
@overload
def caller(call: ListedCall) -> ListedParty | None: ...
def caller(call: AnyCall) -> Party | ListedParty | None:
    """The party at the other end of the line."""
    return next((p for p in _parties(call) if p.role == Party.Role.CALLER), None)


def team_name(party: Party | ListedParty) -> str:
    """What an agent, or somebody of the staff, is called; '' where that tells a number.

    LiveKit names whoever is reached by telephone after the number, unless told not to.
    """
    return "" if _DIALLED.search(party.name) else party.name


def agents(call: AnyCall) -> list[str]:
    """The names of those who spoke for the team; '(AI)' is part of the name shown."""
    names = []
    for party in _parties(call):
        if party.role == Party.Role.AGENT:
            name = team_name(party) or _("agent")
            names.append(_("%(name)s (AI)") % {"name": name})
        elif party.role == Party.Role.STAFF:
            names.append(team_name(party) or _("staff"))
    return list(dict.fromkeys(names))
