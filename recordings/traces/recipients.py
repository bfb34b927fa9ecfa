"""Who was given something about a person: copies, productions, lists."""

from collections import defaultdict
from uuid import UUID

from django.db.models import Q
from django.utils.translation import gettext as _

from compliance.custody import Subject
from compliance.requests.traces import Recipient
from recordings import about, hold_listening
from recordings.models import Disclosure, ExportedCall, ProducedItem


def of(subject: Subject) -> list[Recipient]:
    """Everybody who was given a copy, and the lists that our own staff made.

    What was given for a confidential hold is told to nobody; a production whose files
    nobody has taken was given to nobody.
    """
    return [*_copies(subject), *_productions(subject), *_lists(subject)]


def _copies(subject: Subject) -> list[Recipient]:
    calls = about.calls(subject).values("pk")
    given = Disclosure.objects.filter(recording__call__in=calls)
    rows = hold_listening.known_to(None, given)
    return [
        Recipient(
            what=_("a copy of a recording"),
            to_whom=", ".join(filter(None, (copy.recipient, copy.organisation)))
            or _("the person who asks"),
            at=copy.at,
            items=(copy.recording_id,),
        )
        for copy in rows
    ]


def _productions(subject: Subject) -> list[Recipient]:
    rows = ProducedItem.objects.filter(
        Q(production__hold=None) | Q(production__hold__is_confidential=False),
        call__in=about.calls(subject).values("pk"),
        recording__isnull=False,
        volume__taken_at__isnull=False,
    ).select_related("production", "volume")
    items: dict[UUID, list[ProducedItem]] = defaultdict(list)
    for row in rows.order_by("production", "position"):
        items[row.production_id].append(row)
    return [_production(found) for found in items.values()]


def _production(found: list[ProducedItem]) -> Recipient:
    production = found[0].production
    taken = [item.volume.taken_at for item in found if item.volume]
    to = (str(production.get_to_display()), str(production.recipient))
    return Recipient(
        what=_("a package of recordings"),
        to_whom=": ".join(filter(None, to)),
        at=max((at for at in taken if at), default=production.asked_at),
        items=tuple(item.recording_id for item in found if item.recording_id),
    )


def _lists(subject: Subject) -> list[Recipient]:
    """Within the house: told to whoever asks who saw what, and to nobody else."""
    calls = about.calls(subject).values("pk")
    rows = ExportedCall.objects.filter(call__in=calls, export__made_at__isnull=False)
    files: dict[UUID, list[ExportedCall]] = defaultdict(list)
    for row in rows.select_related("export").order_by("export", "pk"):
        files[row.export_id].append(row)
    return [
        Recipient(
            what=_("a list of calls as a file"),
            to_whom=_("our own staff"),
            at=found[0].export.made_at or found[0].export.asked_at,
            items=tuple(row.call_id for row in found),
            outside=False,
        )
        for found in files.values()
    ]
