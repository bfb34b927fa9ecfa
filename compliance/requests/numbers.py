"""Telephone numbers, when nothing needs them any more: the last trace of a person.

A number to which nothing points goes with its row. Where all that still points at it
is content with the keyed hash, the hash alone stays: by it the number is known again
when it calls, and nobody can read it.
"""

from collections.abc import Collection, Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import models, transaction
from django.db.models import F, Func, Q
from django.utils.translation import gettext as _

from compliance.custody import Scope, Subject
from compliance.models import Hold, PhoneNumber, RetentionPolicy
from compliance.requests.traces import Found, Step, Told

_by_hash: set[type[models.Model]] = set()


def known_by_hash(model: type[models.Model]) -> None:
    """Rows of this model need no more of a number than its keyed hash; at start-up."""
    _by_hash.add(model)


class Numbers:
    """The rows of the numbers themselves."""

    kind = "numbers"
    models = (PhoneNumber,)
    step = Step.NUMBERS

    def label(self) -> str:
        """What a page calls them."""
        return _("Telephone numbers")

    def find(self, subject: Subject, *, spare: Collection[UUID] = ()) -> Found:
        """Those that can be read; kept: something that stays points at them.

        They have no dates: a number is known, not when it was.
        """
        ids = _readable(subject)
        return Found(len(ids), kept=len(ids & _pointed_at(ids, but=_by_hash)))

    def erase(
        self, subject: Subject, *, spare: Collection[UUID], now: datetime, limit: int
    ) -> int:
        """Delete rows, or leave no more of them than the hash."""
        with transaction.atomic():
            ids = _lock(_readable(subject))
            free = sorted(ids - _pointed_at(ids, but=_by_hash))[:limit]
            known = _pointed_at(set(free))
            PhoneNumber.objects.filter(pk__in=known).update(
                e164="", last_four_lookup="", country=""
            )
            PhoneNumber.objects.filter(pk__in=set(free) - known).delete()
        return len(free)

    def tell(self, subject: Subject) -> Iterator[Told]:
        """Each number as it is called."""
        for row in PhoneNumber.objects.filter(pk__in=_readable(subject)):
            yield {"number": str(row.e164), "country": row.country}


def drop(ids: Collection[UUID]) -> int:
    """Delete those of these numbers to which nothing points; returns how many."""
    with transaction.atomic():
        found = _lock(set(ids))
        gone = found - _pointed_at(found)
        PhoneNumber.objects.filter(pk__in=gone).delete()
    return len(gone)


def _readable(subject: Subject) -> set[UUID]:
    ids = [bearing.number for bearing in subject.numbers]
    rows = PhoneNumber.objects.filter(pk__in=ids).exclude(e164="")
    return set(rows.values_list("pk", flat=True))


def _lock(ids: set[UUID]) -> set[UUID]:
    """Lock the rows: nobody points at them anew until the transaction ends."""
    rows = PhoneNumber.objects.select_for_update().filter(pk__in=ids)
    return set(rows.order_by("pk").values_list("pk", flat=True))


def _pointed_at(
    ids: set[UUID], *, but: Collection[type[models.Model]] = ()
) -> set[UUID]:
    """Those of these numbers that some row points at; `but`: rows of these do not count."""
    found: set[UUID] = set()
    for relation in _relations():
        if relation.related_model not in but:
            rows = relation.related_model._base_manager
            name = relation.field.attname
            pointing = rows.filter(**{f"{name}__in": ids})
            found |= set(pointing.values_list(name, flat=True).distinct())
    return found | ids & (_of_policies(ids) | _of_holds())


def _relations() -> Iterator[Any]:
    """Every foreign key to a number, of whatever app."""
    for field in PhoneNumber._meta.get_fields(include_hidden=True):
        if field.one_to_many or field.one_to_one:
            yield field


def _of_policies(ids: set[UUID]) -> set[UUID]:
    rows = RetentionPolicy.objects.filter(numbers__overlap=sorted(ids))
    named = Func(F("numbers"), function="unnest")
    return set(rows.annotate(one=named).values_list("one", flat=True))


def _of_holds() -> set[UUID]:
    """What holds name that are not over."""
    scopes = Hold.objects.filter(~Q(state=Hold.State.OVER)).values_list(
        "scope", flat=True
    )
    return {one for told in scopes for one in Scope.from_json(told).numbers}
