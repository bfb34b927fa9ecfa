"""The public form: what it takes, what keeps programs out, and the mail that confirms.

The answer is the same whatever was entered, so that nobody learns from it whether we
know a person. Nothing is a request before the link in the mail was followed: it is
signed, good for a day, and once.
"""

import json
import logging
import secrets
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.core import signing
from django.db import transaction
from redis.exceptions import RedisError

from compliance.access import rates
from compliance.keys import keyring
from compliance.models import FormEntry, SubjectRequest
from compliance.requests import intake, laws, letters
from compliance.requests.calendars import is_known
from compliance.requests.intake import Told

logger = logging.getLogger(__name__)

LIFE = timedelta(days=1)
SHORTEST, LONGEST = timedelta(seconds=3), timedelta(hours=2)
"""People take longer than that to fill it in, and come back within this."""
HOUR, DAY = 3600, 86400
MOST_BY_ADDRESS = 10
"""Forms an hour from one network address: offices share one."""
MOST_MAILS = 3
"""To one mail address a day: the form is nobody's way to flood another."""
_FORM, _LINK = "compliance.requests.form", "compliance.requests.link"


@dataclass(frozen=True)
class Entered:
    """What somebody wrote. country: ISO code, '' for elsewhere."""

    kind: str
    country: str
    language: str
    name: str
    email: str
    number: str
    words: str


class TooMany(Exception):
    """Too many forms from one network address, or they cannot be counted."""


def open_token(*, now: datetime) -> str:
    """What a form carries from when it was shown: its moment, signed, and once."""
    shown = {"at": now.timestamp(), "n": secrets.token_urlsafe(9)}
    return signing.dumps(shown, salt=_FORM)


def is_of_a_person(token: str, *, now: datetime) -> bool:
    """Whether the form was open as long as a person needs, and is sent for the first
    time. Raises TooMany where that cannot be counted."""
    try:
        shown = signing.loads(token, salt=_FORM)
        open_for = now - datetime.fromtimestamp(shown["at"], tz=now.tzinfo)
    except (signing.BadSignature, KeyError, TypeError, ValueError):
        return False
    if not SHORTEST <= open_for <= LONGEST:
        return False
    return _count(f"form-token:{shown['n']}", int(LONGEST.total_seconds())) == 1


def count_sender(address: str) -> None:
    """Count a form from a network address. Raises TooMany."""
    if _count(f"form-sender:{address}", HOUR) > MOST_BY_ADDRESS:
        raise TooMany


def enter(*, entered: Entered, base: str, now: datetime) -> None:
    """Keep it and ask for confirmation by mail; nothing where the address had enough.

    base: the address of the form's host, https://…, that the link leads to.
    """
    mark = intake.mail_lookups(entered.email)[0]
    if _count(f"form-mail:{mark}", DAY) > MOST_MAILS:
        return
    with transaction.atomic():
        entry = FormEntry.objects.create(
            content=json.dumps(asdict(entered)), made_at=now, expires_at=now + LIFE
        )
        token = signing.dumps(str(entry.pk), salt=_LINK)
        letters.ask_to_confirm(
            entry,
            kind=entered.kind,
            email=entered.email,
            link=f"{base}/privacy/confirm/{token}",
            language=entered.language,
            now=now,
        )


def waiting(token: str, *, now: datetime) -> FormEntry | None:
    """The entry behind a link, while it waits to be confirmed."""
    try:
        key = UUID(signing.loads(token, salt=_LINK, max_age=LIFE))
    except (signing.BadSignature, ValueError, TypeError):
        return None
    rows = FormEntry.objects.filter(confirmed_at=None, expires_at__gt=now)
    return rows.filter(pk=key).first()


def confirm(token: str, *, now: datetime) -> SubjectRequest | None:
    """Open the request behind a link; None where it is used or over."""
    with transaction.atomic():
        found = waiting(token, now=now)
        if found is None:
            return None
        entry = FormEntry.objects.select_for_update().filter(pk=found.pk).first()
        if entry is None or entry.confirmed_at is not None:  # meanwhile
            return None
        entered = read_back(entry)
        request = intake.receive(told=_told(entered, now), by=None, now=now)
        # what it held stands in the request now
        entry.confirmed_at, entry.content = now, ""
        entry.save(update_fields=["confirmed_at", "content"])
        entry.letters.all().delete()
    return request


def read_back(entry: FormEntry) -> Entered:
    """What was entered, read back."""
    return Entered(**json.loads(str(entry.content)))


def _told(entered: Entered, now: datetime) -> Told:
    """By the law of where they live. The clock runs from the confirmation: before it
    nobody could tell that the person asked."""
    return Told(
        kind=entered.kind,
        law=laws.of_place(entered.country),
        channel=intake.Channel.FORM,
        received_at=now,
        place=entered.country if is_known(entered.country) else "",
        language=entered.language,
        name=entered.name,
        email=entered.email,
        words=entered.words,
        numbers=(entered.number,) if entered.number else (),
    )


def _count(key: str, seconds: int) -> int:
    """One more; closed where Redis is away, for it is a door to the street."""
    digest = keyring("number_lookup").digest(key)
    try:
        return rates.count(f"public:{digest}", seconds=seconds)
    except RedisError as error:
        logger.warning("rates.unreachable")
        raise TooMany from error
