"""A one-time code to a number: shows that whoever asks holds it now.

A number alone is weak proof (shared, passed on, forged caller ids): the code is one
check among others, and decides nothing.
"""

import secrets
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from compliance.access import policy, rates
from compliance.access.permissions import Verb
from compliance.audit import log
from compliance.audit.actions import Action
from compliance.audit.facts import Fact
from compliance.keys import keyring
from compliance.models import IdentityCheck, NumberCode, Person, RequestSubject
from compliance.requests import clock, identity
from compliance.requests.clock import NotByLaw
from compliance.requests.senders import NotSent, sender
from compliance.requests.wording import wording
from compliance.retention.periods import legal_calendar

LIFE = timedelta(minutes=10)
DIGITS = 6
TRIES = 5
"""Then another code is to be sent: one in 200,000 is guessed."""
MOST_AN_HOUR = 3
HOUR = 3600


def may_send() -> bool:
    """Whether there is any way to bring a code to a number."""
    return sender() is not None


def send(*, subject: RequestSubject, by: Person, now: datetime) -> NumberCode:
    """Have a code sent to a linked number; earlier ones are not good any more.

    Raises Refused, NotByLaw, and RedisError where the count cannot be kept.
    """
    policy.require(by, Verb.HANDLE_REQUEST)
    road = sender()
    if road is None or subject.number is None:
        raise NotByLaw(_("There is no way to send a code to it."))
    if not subject.is_held(on=legal_calendar().day_of(now)):
        raise NotByLaw(_("That number is not theirs any more: somebody else has it."))
    if rates.count(f"number-code:{subject.number_id}", seconds=HOUR) > MOST_AN_HOUR:
        raise NotByLaw(_("Three codes were sent within an hour: wait, or call back."))
    code = "".join(secrets.choice("0123456789") for _ in range(DIGITS))
    request = subject.request
    with transaction.atomic():
        clock.lock_open(request, by)
        subject.codes.filter(used_at=None, expires_at__gt=now).update(expires_at=now)
        row = NumberCode(subject=subject, sent_at=now, sent_by=by)
        row.expires_at, row.code_hash = now + LIFE, _hashes(row, code)[0]
        row.save()
        facts: dict[str, Fact] = {"link": str(subject.pk)}
        log.append(Action.REQUEST_CODE_SENT, subject=request, actor=by, facts=facts)
    words = wording(request.language)
    text = words.code.format(
        code=code,
        reference=request.reference,
        controller=settings.REQUESTS["controller"],
        minutes=int(LIFE.total_seconds() // 60),
    )
    try:
        road.send(
            id=row.pk,
            number=str(subject.number.e164),
            text=text,
            language=words.language,
        )
    except NotSent as failure:
        _failed(row, failure, by, now)
        raise NotByLaw(_("The code could not be sent: call back instead.")) from failure
    return row


def enter(*, subject: RequestSubject, code: str, by: Person, now: datetime) -> bool:
    """Compare what the person reads out; a right code is a passed check.

    Raises Refused, and NotByLaw where no code is open or too many were tried.
    """
    with transaction.atomic():
        request = clock.lock_open(subject.request, by)
        rows = NumberCode.objects.select_for_update().filter(
            subject=subject, used_at=None, expires_at__gt=now, tries__lt=TRIES
        )
        row = rows.order_by("-sent_at").first()
        if row is None:
            raise NotByLaw(_("No code is good any more: send another one."))
        right = row.code_hash in _hashes(row, code.strip())
        row.tries += 1
        row.used_at = now if right else None
        row.save(update_fields=["tries", "used_at"])
        facts: dict[str, Fact] = {"link": str(subject.pk), "right": right}
        log.append(Action.REQUEST_CODE_TRIED, subject=request, actor=by, facts=facts)
        if right:
            identity.put_down(
                request,
                IdentityCheck.Method.CODE,
                by,
                now,
                passed=True,
                points=1,
                of="",
            )
    return right


def _hashes(row: NumberCode, code: str) -> list[str]:
    """Under each key, the newest first; bound to the row, so that none fits another."""
    return keyring("number_lookup").digests(f"code\0{row.pk}\0{code}")


def _failed(row: NumberCode, failure: NotSent, by: Person, now: datetime) -> None:
    with transaction.atomic():
        NumberCode.objects.filter(pk=row.pk).update(expires_at=now)
        facts: dict[str, Fact] = {
            "link": str(row.subject_id),
            "why": failure.code,
        }
        log.append(
            Action.REQUEST_CODE_FAILED,
            subject=row.subject.request,
            actor=by,
            facts=facts,
        )
