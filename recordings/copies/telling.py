"""What the copy tells in words and numbers, as plain JSON: nothing about anybody else.

Of the others on a call only what they were is told, never a name or a number; of our own
staff the role (CJEU C-579/21), unless the installation names them; of recipients outside
who they were (CJEU C-154/21).
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import Q
from django.utils import translation

from compliance.custody import Subject
from compliance.models import Person, RequestSubject, RoleGrant, SubjectRequest
from compliance.requests import subject as subjects
from compliance.requests import traces
from recordings import about, consulted
from recordings.consulted import Consultation, Kind
from recordings.models import AccessCopy, Call, ConsentRecord, CopyItem, Recording

OUTSIDE = (Kind.COPIED, Kind.PRODUCED)
STAFF = "staff"
ELSEWHERE = frozenset({"parties", "events", "rooms", "consents", "listens", "copies"})
"""Kinds whose own sections tell them, and leave out what may be another caller's on the
same line: a name, what LiveKit wrote."""


def tell(copy: AccessCopy, *, now: datetime) -> dict[str, Any]:
    """Everything that is told with a copy whose recordings were judged."""
    request = copy.request
    subject = subjects.of(request)
    calls = list(about.calls(subject).order_by("started_at", "id"))
    number = {call.pk: n for n, call in enumerate(calls, 1)}
    looks = _looks(calls, number)
    return {
        "request": {
            "reference": request.reference,
            "kind": request.kind,
            "law": request.law,
            "controller": settings.REQUESTS["controller"],
            "as_of": _at(now),
        },
        "you": _you(request),
        "calls": list(_calls(copy, subject, calls, number)),
        "consultations": [one for one in looks if "recipient" not in one],
        "recipients": [one for one in looks if "recipient" in one],
        "further": _further(subject, request.language),
    }


def _further(subject: Subject, language: str) -> list[dict[str, Any]]:
    """What else is kept, row by row, each kind by its name in the person's language."""
    with translation.override(language):
        return [
            {"what": one.label(), "rows": rows}
            for one in traces.registered()
            if one.kind not in ELSEWHERE and (rows := list(one.tell(subject)))
        ]


def _you(request: SubjectRequest) -> dict[str, Any]:
    rows = request.subjects.exclude(confirmed_at=None).select_related("number")
    told = list(rows.order_by("added_at"))
    return {
        "names": [
            str(row.name) for row in told if row.kind == RequestSubject.Kind.NAME
        ],
        "numbers": [
            {
                "number": str(row.number.e164),
                "from": row.held_from.isoformat() if row.held_from else None,
                "until": row.held_until.isoformat() if row.held_until else None,
            }
            for row in told
            if row.number
        ],
    }


def _calls(
    copy: AccessCopy,
    subject: Subject,
    calls: Sequence[Call],
    number: Mapping[UUID, int],
) -> Iterator[dict[str, Any]]:
    mine = about.parties(subject).filter(call__in=calls)
    roles = dict(mine.order_by("joined_at").values_list("call", "role"))
    consents = _consents(calls, set(mine.values_list("pk", flat=True)))
    items = defaultdict(list)
    contents = copy.contents.select_related("recording").order_by("position")
    for item in contents:
        items[item.call_id].append(item)
    for call in calls:
        yield {
            "number": number[call.pk],
            "began": _at(call.started_at),
            "ended": _at(call.ended_at),
            "direction": call.direction,
            "you_were": roles.get(call.pk, ""),
            "recorded_for": list(call.purposes),
            "consents": consents[call.pk],
            "recordings": [_recording(item) for item in items[call.pk]],
        }


def _recording(item: CopyItem) -> dict[str, Any]:
    part = item.recording
    told: dict[str, Any] = {
        "part": part.part,
        "began": _at(part.started_at),
        "length_ms": part.duration_ms,
        "kept_until": _at(_kept_until(part)),
    }
    if item.withheld:
        return told | {"withheld": item.withheld}
    return told | {
        "file": item.file,
        "sound": item.sound,
        "silenced": item.silenced,
        "sha256": item.sha256,
    }


def _kept_until(part: Recording) -> datetime | None:
    """The planned end; what may keep it longer is nobody's to tell."""
    if part.expires_at is None:
        return None
    return max(filter(None, (part.expires_at, part.gone_by, part.keep_until)))


def _consents(
    calls: Sequence[Call], mine: set[UUID]
) -> Mapping[UUID, list[dict[str, Any]]]:
    """What the person said of being recorded, and what was said to everybody."""
    found = defaultdict(list)
    theirs = Q(party=None) | Q(party__in=mine)
    rows = ConsentRecord.objects.filter(theirs, call__in=[one.pk for one in calls])
    for row in rows.order_by("occurred_at"):
        found[row.call_id].append(
            {
                "what": row.kind,
                "at": _at(row.occurred_at),
                "by": row.by,
                "purposes": list(row.purposes),
            }
        )
    return found


def _looks(calls: Sequence[Call], number: Mapping[UUID, int]) -> list[dict[str, Any]]:
    """Who looked at these calls, and what left the house, the oldest first."""
    began = {call.pk: call.started_at for call in calls}
    found = consulted.of_calls(began, viewer=None)[::-1]
    who = _who({one.by for one in found if one.by})
    return [_look(one, number, who) for one in found]


def _look(
    one: Consultation, number: Mapping[UUID, int], who: Mapping[UUID, str]
) -> dict[str, Any]:
    told: dict[str, Any] = {
        "at": _at(one.at),
        "what": one.kind.value,
        "purpose": one.purpose,
        "by": who.get(one.by, STAFF) if one.by else STAFF,
        "call": number[one.call_id] if one.call_id else None,
        "calls": one.calls,
    }
    return told | ({"recipient": one.recipient} if one.kind in OUTSIDE else {})


def _who(people: set[UUID]) -> dict[UUID, str]:
    """Each one's role, in a word, the newest; or the name where these are told."""
    if settings.REQUESTS["copy_names_staff"]:
        return dict(Person.objects.filter(pk__in=people).values_list("pk", "name"))
    held = RoleGrant.objects.order_by("valid_from")
    own = held.filter(person__in=people).values_list("person", "role")
    of_group = held.filter(group__members__in=people)
    return dict(of_group.values_list("group__members", "role")) | dict(own)


def _at(moment: datetime | None) -> str | None:
    return moment.isoformat(timespec="seconds") if moment else None
