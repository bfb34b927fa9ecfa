"""How a copy reaches the person: a link by letter, its passphrase by another road."""

from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from compliance.access import policy
from compliance.access.permissions import Verb
from compliance.audit import log
from compliance.audit.actions import Action
from compliance.audit.facts import Fact
from compliance.keys import keyring
from compliance.models import Person, RequestSubject
from compliance.requests import letters
from compliance.requests.clock import NotByLaw
from compliance.requests.senders import NotSent, sender
from compliance.requests.wording import wording
from compliance.retention.periods import legal_calendar
from recordings.copies.asking import locked, secret
from recordings.copies.page import words
from recordings.models import AccessCopy, CopyLink

Way = AccessCopy.Way


def may_link() -> bool:
    """Whether there is a host on which somebody outside could open a link."""
    return bool(settings.REQUESTS["public_url"])


def link(*, copy: AccessCopy, by: Person, now: datetime) -> CopyLink:
    """Write the person a letter with a new link; earlier ones are not good any more.

    The link itself stands in the letter alone. Raises Refused, and NotByLaw.
    """
    policy.require(by, Verb.HANDLE_REQUEST)
    policy.require(by, Verb.DOWNLOAD)
    if not may_link():
        raise NotByLaw(_("There is no public host on which a link could be opened."))
    token = secret()
    with transaction.atomic():
        row = _there(copy, now)
        _withdraw(row, by, now)
        made = CopyLink.objects.create(
            copy=row, token_hash=hashes(token)[0], made_at=now, made_by=by
        )
        letters.write(
            row.request,
            letters.Kind.COPY,
            now=now,
            more={
                "link": f"{settings.REQUESTS['public_url']}/privacy/copy/{token}",
                "until": letters.told_day(
                    row.expires_at, wording(row.request.language)
                ),
            },
        )
        facts: dict[str, Fact] = {"link": str(made.pk)}
        log.append(Action.COPY_LINK_MADE, subject=row.request, actor=by, facts=facts)
    return made


def withdraw(*, copy: AccessCopy, by: Person, now: datetime) -> int:
    """End its links; the file stays until its day. Returns how many. Raises Refused."""
    policy.require(by, Verb.HANDLE_REQUEST)
    with transaction.atomic():
        return _withdraw(locked(copy.pk), by, now)


def show(*, copy: AccessCopy, by: Person, now: datetime) -> str:
    """The passphrase, this once: from then on it is nowhere. Raises Refused, NotByLaw."""
    with transaction.atomic():
        return _given(copy, Way.SHOWN, by, now)


def text(
    *, copy: AccessCopy, subject: RequestSubject, by: Person, now: datetime
) -> None:
    """Have the passphrase sent to a confirmed number; what does not leave stays here.

    Raises Refused, and NotByLaw.
    """
    road = sender()
    if road is None or subject.number is None or subject.confirmed_at is None:
        raise NotByLaw(_("There is no way to send it to that number."))
    if not subject.is_held(on=legal_calendar().day_of(now)):
        raise NotByLaw(_("That number is not theirs any more: somebody else has it."))
    request = subject.request
    try:
        with transaction.atomic():
            passphrase = _given(copy, Way.SENT, by, now)
            said = words(request.language)
            told = said.of("secret", "text").format(
                reference=request.reference,
                controller=settings.REQUESTS["controller"],
                passphrase=passphrase,
            )
            road.send(
                id=copy.pk,
                number=str(subject.number.e164),
                text=told,
                language=said.language,
            )
    except NotSent as failure:
        raise NotByLaw(_("It could not be sent: tell it by telephone.")) from failure


def hashes(token: str) -> list[str]:
    """By which a link is found, under each key, the newest first."""
    return keyring("number_lookup").digests(f"copy-link\0{token}")


def _there(copy: AccessCopy, now: datetime) -> AccessCopy:
    row = locked(copy.pk)
    if not row.is_there(now=now):
        raise NotByLaw(_("There is no file to give."))
    return row


def _withdraw(row: AccessCopy, by: Person, now: datetime) -> int:
    ended = list(row.links.filter(withdrawn_at=None))
    for one in ended:
        one.withdrawn_at = now
        one.save(update_fields=["withdrawn_at"])
        facts: dict[str, Fact] = {"link": str(one.pk)}
        log.append(
            Action.COPY_LINK_WITHDRAWN, subject=row.request, actor=by, facts=facts
        )
    return len(ended)


def _given(copy: AccessCopy, way: Way, by: Person, now: datetime) -> str:
    """Take the passphrase out of its row, with the entry."""
    policy.require(by, Verb.HANDLE_REQUEST)
    policy.require(by, Verb.DOWNLOAD)
    row = _there(copy, now)
    passphrase = str(row.passphrase)
    if not passphrase:
        raise NotByLaw(_("It was given out already, and is nowhere any more."))
    row.passphrase, row.passphrase_way, row.passphrase_given_at = "", way, now
    row.save(update_fields=["passphrase", "passphrase_way", "passphrase_given_at"])
    facts: dict[str, Fact] = {"copy": str(row.pk), "way": way.value}
    log.append(Action.COPY_KEY_TOLD, subject=row.request, actor=by, facts=facts)
    return passphrase
