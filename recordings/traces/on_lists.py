"""What was noted of a number for every call: standing consents, the do-not-record list."""

from collections.abc import Collection, Iterator
from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from compliance.custody import Subject
from compliance.models import NumberListMember, StandingConsent
from compliance.requests.traces import Found, Step, Told
from recordings import about
from recordings.models import Call, ConsentRecord, DoNotRecord
from recordings.traces import theirs


class StandingConsents:
    """What they agreed to once. That it was agreed to stays, as proof; by whom, goes."""

    kind = "standing_consents"
    models = (StandingConsent,)
    step = Step.AROUND

    def label(self) -> str:
        """What a page calls it."""
        return _("Standing consents")

    def find(self, subject: Subject, *, spare: Collection[UUID] = ()) -> Found:
        """Those of their numbers."""
        rows = _consents(subject)
        kept = rows.filter(_speaks_in(spare)).count()
        return theirs.counted(rows, dated="granted_at", kept=kept)

    def erase(
        self, subject: Subject, *, spare: Collection[UUID], now: datetime, limit: int
    ) -> int:
        """Take number and evidence off; it counts on no call any more."""
        rows = _consents(subject).exclude(_speaks_in(spare)).order_by("pk")
        ids = list(rows.values_list("pk", flat=True)[:limit])
        StandingConsent.objects.filter(pk__in=ids).update(number=None, evidence="")
        return len(ids)

    def tell(self, subject: Subject) -> Iterator[Told]:
        """What was agreed to, how, and until when."""
        for row in _consents(subject).select_related("number").order_by("granted_at"):
            yield theirs.plain(
                {
                    "number": row.number.e164 if row.number else None,
                    "purposes": row.purposes,
                    "given": row.granted_at,
                    "until": row.expires_at,
                    "withdrawn": row.withdrawn_at,
                    "by": row.source,
                    "script": row.script,
                    "evidence": row.evidence,
                }
            )


class OnTheList:
    """Their own wish, or their protection, not to be recorded: it survives an erasure."""

    kind = "do_not_record"
    models = (DoNotRecord,)
    step = Step.AROUND

    def label(self) -> str:
        """What a page calls it."""
        return _("Entries of the do-not-record list")

    def find(self, subject: Subject, *, spare: Collection[UUID] = ()) -> Found:
        """Every entry stays."""
        rows = _entries(subject)
        return theirs.counted(rows, dated="since", kept=rows)

    def erase(
        self, subject: Subject, *, spare: Collection[UUID], now: datetime, limit: int
    ) -> int:
        """Blank what was noted; the entry goes on keeping their calls from being
        recorded, by the keyed hash of the number."""
        rows = _entries(subject).exclude(note="").order_by("pk")
        ids = list(rows.values_list("pk", flat=True)[:limit])
        DoNotRecord.objects.filter(pk__in=ids).update(note="")
        return len(ids)

    def tell(self, subject: Subject) -> Iterator[Told]:
        """Which number is on it, why, and until when."""
        for row in _entries(subject).select_related("number").order_by("since"):
            yield theirs.plain(
                {
                    "number": row.number.e164 if row.number else None,
                    "why": row.reason,
                    "since": row.since,
                    "until": row.until,
                }
            )


class OnNumberLists:
    """Lists of numbers that policies go by: where a recording stays, the floor that the
    list gives it stays, too."""

    kind = "number_lists"
    models = (NumberListMember,)
    step = Step.AROUND

    def label(self) -> str:
        """What a page calls it."""
        return _("Lists of numbers that policies go by")

    def find(self, subject: Subject, *, spare: Collection[UUID] = ()) -> Found:
        """The lists that have a number of theirs."""
        rows = _listed(subject)
        return theirs.counted(rows, dated="added_at", kept=rows.count() if spare else 0)

    def erase(
        self, subject: Subject, *, spare: Collection[UUID], now: datetime, limit: int
    ) -> int:
        """Take the numbers off, once nothing that goes by them stays."""
        if spare:
            return 0
        ids = list(_listed(subject).order_by("pk").values_list("pk", flat=True)[:limit])
        NumberListMember.objects.filter(pk__in=ids).delete()
        return len(ids)

    def tell(self, subject: Subject) -> Iterator[Told]:
        """Which number is on which list, since when."""
        rows = _listed(subject).select_related("number", "number_list")
        for row in rows.order_by("added_at"):
            yield theirs.plain(
                {
                    "number": row.number.e164,
                    "list": row.number_list.name,
                    "since": row.added_at,
                }
            )


def _listed(subject: Subject) -> QuerySet[NumberListMember]:
    """Whose number it is now: a list has no past."""
    numbers = [one.number for one in subject.numbers if one.until is None]
    return NumberListMember.objects.filter(number__in=numbers)


def _consents(subject: Subject) -> QuerySet[StandingConsent]:
    return StandingConsent.objects.filter(about.borne(subject, at="granted_at"))


def _speaks_in(spare: Collection[UUID]) -> Q:
    """Which of them speak in a call that stays."""
    calls = Call.objects.filter(theirs.staying(spare))
    said = ConsentRecord.objects.filter(call__in=calls).exclude(standing=None)
    return Q(pk__in=said.values("standing"))


def _entries(subject: Subject) -> QuerySet[DoNotRecord]:
    return DoNotRecord.objects.filter(about.borne(subject, at="since"))
