"""Who stood in a call: the stay remains, without a name, a number or an id of theirs."""

from collections.abc import Collection, Iterator, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from compliance.custody import Subject
from compliance.models.statements import update_rows
from compliance.requests.traces import Found, Step, Told
from recordings import about, summary
from recordings.models import Call, Party, Room
from recordings.traces import theirs

_BLANK: dict[str, Any] = {
    "identity": "",
    "name": "",
    "name_lookup": "",
    "number": None,
    "sip_call_id": "",
    "provider_call_id": "",
    "labels": {},
    "told_at": {},
}
"""What a stay is left with: that somebody was there, from when until when, and by the
law of which place."""
_SAYS_SOMETHING = ~Q(
    identity="",
    name="",
    name_lookup="",
    number=None,
    sip_call_id="",
    provider_call_id="",
    labels={},
)


class Parties:
    """Their own stays in calls."""

    kind = "parties"
    models = (Party, Call)
    step = Step.PARTIES

    def label(self) -> str:
        """What a page calls it."""
        return _("Who took part in calls: number, name and ids")

    def find(self, subject: Subject, *, spare: Collection[UUID] = ()) -> Found:
        """Stays that still say who it was."""
        rows = _telling(subject)
        kept = rows.exclude(_may_go(spare)).count()
        return theirs.counted(rows, dated="joined_at", kept=kept)

    def erase(
        self, subject: Subject, *, spare: Collection[UUID], now: datetime, limit: int
    ) -> int:
        """Leave no more of them than that somebody was there. The call is told apart
        from then on by LiveKit's id of whoever opened it, as events without any other
        would tell it."""
        with transaction.atomic():
            ids = _telling(subject).filter(_may_go(spare)).order_by("pk")
            rows = Party.objects.filter(
                pk__in=list(ids.values_list("pk", flat=True)[:limit])
            )
            told = rows.values_list("room", "call", "sip_call_id", "participant_sid")
            found = list(told)
            _lock({room for room, *_rest in found})
            _tell_apart({(call, sip): sid for _r, call, sip, sid in found if sip})
            rows.update(**_BLANK)
        return len(found)

    def tell(self, subject: Subject) -> Iterator[Told]:
        """Each stay: as whom, by which number, from when until when."""
        rows = about.parties(subject).select_related("number")
        for row in rows.order_by("joined_at", "pk"):
            yield theirs.plain(
                {
                    "call": row.call_id,
                    "as": row.role,
                    "number": row.number.e164 if row.number else None,
                    "name": row.name,
                    "identity": row.identity,
                    "sip_call": row.sip_call_id,
                    "language": row.language,
                    "place": row.declared_place or row.billing_place,
                    "joined": row.joined_at,
                    "left": row.until,
                }
            )


def _telling(subject: Subject) -> QuerySet[Party]:
    return about.parties(subject).filter(_SAYS_SOMETHING)


def _may_go(spare: Collection[UUID]) -> Q:
    """Whose call is over and not spared, and who waited for one that never was."""
    over = Q(call__ended_at__isnull=False) & ~Q(call__in=spare)
    return Q(call=None) | over


def _tell_apart(opened: Mapping[tuple[UUID | None, str], str]) -> None:
    """Name these calls after whoever opened each. opened: LiveKit's id of them, by the
    call and the id of its leg that it has now."""
    update_rows(_renamed(opened), ["sip_call_id", "provider_call_id"])


def _renamed(opened: Mapping[tuple[UUID | None, str], str]) -> list[Call]:
    calls = summary.locked_several({call for call, _sip in opened if call})
    renamed = [call for call in calls if (call.pk, call.sip_call_id) in opened]
    for call in renamed:
        call.sip_call_id = opened[call.pk, call.sip_call_id]
        call.provider_call_id = ""
    return renamed


def _lock(sids: set[str]) -> None:
    """Keep whoever works out the calls of these rooms anew waiting."""
    list(Room.objects.select_for_update().filter(pk__in=sids).order_by("pk"))
