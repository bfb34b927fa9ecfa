"""A request comes in: written down, its clock set, its receipt on its way.

Whoever it came through: an officer, another system by the API, or the public form.
"""

import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from compliance.access import policy
from compliance.access.permissions import Verb
from compliance.audit import log
from compliance.audit.actions import Action
from compliance.audit.facts import Fact
from compliance.keys import keyring
from compliance.models import (
    Person,
    PhoneNumber,
    RequestSubject,
    RequestTexts,
    SubjectRequest,
)
from compliance.models.phone_number import name_form
from compliance.requests import calendars, clock, letters
from compliance.requests.laws import laws
from compliance.requests.wording import LANGUAGES

Channel = SubjectRequest.Channel
_SIGNS = "23456789BCDFGHJKMNPQRSTVWXZ"
"""Of references: what can be told on the telephone, and makes no words."""
OLDEST = timedelta(days=1826)
"""Five years: what is older was answered, or is a slip of the pen."""
_MAIL_LOOKUP = "e-mail\0"


class NotTakenIn(ValueError):
    """It is not a request that could be worked on; the text says why."""


class ToldOtherwise(ValueError):
    """The same key came before with another request."""


@dataclass(frozen=True)
class Told:
    """What somebody asks for, and all that he told with it.

    numbers: whole numbers, E.164. place: ISO code of the country or state whose public
    holidays count.
    """

    kind: str
    law: str
    channel: str
    received_at: datetime
    place: str = ""
    language: str = LANGUAGES[0]
    name: str = ""
    email: str = ""
    address: str = ""
    words: str = ""
    numbers: tuple[str, ...] = field(default=())


def receive(*, told: Told, by: Person | None, now: datetime) -> SubjectRequest:
    """Write a request down. by: None for one confirmed through the public form.

    Raises Refused, and NotTakenIn.
    """
    if by is not None:
        _require(by, told.channel)
    _check(told, now)
    with transaction.atomic():
        return _write(told, by, now)


def receive_once(
    *, told: Told, key: str, body: str, by: Person, now: datetime
) -> tuple[SubjectRequest, bool]:
    """The same for another system that may ask twice; True where it is new.

    key: its own, the same for the same request. body: what it sent, to tell a retry
    from a mistake. Raises Refused, NotTakenIn, and ToldOtherwise.
    """
    _require(by, told.channel)
    _check(told, now)
    ring = keyring("number_lookup")
    with transaction.atomic():
        # one at a time for each service: two calls with one key make one request
        Person.objects.select_for_update(no_key=True).get(pk=by.pk)
        mine = SubjectRequest.objects.filter(made_by=by)
        found = mine.filter(told_by__in=ring.digests(key)).first()
        if found is not None:
            if found.told_what not in ring.digests(body):
                raise ToldOtherwise
            return found, False
        request = _write(told, by, now)
        request.told_by, request.told_what = ring.digest(key), ring.digest(body)
        request.save(update_fields=["told_by", "told_what"])
    return request, True


def mail_lookups(email: str) -> list[str]:
    """The keyed hashes under which an address may stand, the newest first."""
    form = _MAIL_LOOKUP + email.strip().casefold()
    return keyring("number_lookup").digests(form) if email.strip() else []


def _require(by: Person, channel: str) -> None:
    wanted = Verb.FILE_REQUEST if channel == Channel.API else Verb.HANDLE_REQUEST
    policy.require(by, wanted)


def _check(told: Told, now: datetime) -> None:
    if told.law not in laws():
        raise NotTakenIn(_("This law is not known."))
    if told.kind not in SubjectRequest.Kind.values:
        raise NotTakenIn(_("This cannot be asked for."))
    if told.place and not calendars.is_known(told.place):
        raise NotTakenIn(_("The public holidays of this place are not known."))
    if told.received_at > now:
        raise NotTakenIn(_("It cannot have come in the future."))
    if told.received_at < now - OLDEST:
        raise NotTakenIn(_("It came too long ago."))
    if not (told.name or told.email or told.numbers):
        raise NotTakenIn(_("Say who asks: a name, an address or a number."))


def _write(told: Told, by: Person | None, now: datetime) -> SubjectRequest:
    request = SubjectRequest(
        reference=_reference(),
        kind=told.kind,
        law=told.law,
        place=told.place.upper(),
        channel=told.channel,
        language=told.language,
        received_at=told.received_at,
        made_at=now,
        made_by=by,
    )
    clock.wind(request)
    request.save()
    lookups = mail_lookups(told.email)
    RequestTexts.objects.create(
        request=request,
        name=told.name.strip(),
        email=told.email.strip(),
        email_lookup=lookups[0] if lookups else "",
        address=told.address.strip(),
        words=told.words.strip(),
    )
    _link_told(request, told, now)
    request.duplicate_of = _same(request, told)
    request.save(update_fields=["duplicate_of"])
    letters.write(request, letters.Kind.RECEIPT, now=now)
    facts: dict[str, Fact] = {
        "kind": told.kind,
        "law": told.law,
        "channel": told.channel,
        "duplicate": request.duplicate_of_id is not None,
    }
    log.append(Action.REQUEST_RECEIVED, subject=request, actor=by, facts=facts)
    return request


def _link_told(request: SubjectRequest, told: Told, now: datetime) -> None:
    """What was told with it may be theirs: an officer confirms it."""
    numbers = {PhoneNumber.from_raw(raw) for raw in told.numbers}
    rows = [
        RequestSubject(
            request=request,
            kind=RequestSubject.Kind.NUMBER,
            number=number,
            source=RequestSubject.Source.TOLD,
            added_at=now,
        )
        for number in numbers
    ]
    if told.name.strip():
        form = name_form(told.name)
        rows.append(
            RequestSubject(
                request=request,
                kind=RequestSubject.Kind.NAME,
                name=told.name.strip(),
                name_lookup=keyring("number_lookup").digest(form),
                source=RequestSubject.Source.TOLD,
                added_at=now,
            )
        )
    RequestSubject.objects.bulk_create(rows)


def _same(request: SubjectRequest, told: Told) -> SubjectRequest | None:
    """The first open request of the same kind from the same address or number."""
    numbers = request.subjects.exclude(number=None).values("number")
    same = Q(subjects__number__in=numbers)
    if told.email:
        same |= Q(texts__email_lookup__in=mail_lookups(told.email))
    rows = SubjectRequest.objects.filter(
        same, kind=request.kind, closed_at=None, duplicate_of=None
    )
    return rows.exclude(pk=request.pk).order_by("received_at", "id").first()


def _reference() -> str:
    """Eight signs of 27, so that nobody guesses one: XXXX-XXXX."""
    signs = "".join(secrets.choice(_SIGNS) for _ in range(8))
    return f"{signs[:4]}-{signs[4:]}"
