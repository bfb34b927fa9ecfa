"""Letters to whoever asks: written in the transaction of the act, sent afterwards.

A receipt goes by itself; any other letter waits until an officer has read it, changed
what is to be changed, and let it go. What was sent stays as it was sent.

A row is leased by the database's clock; one that the mail server does not take waits
twice as long each time, for three days. Where no address is known, or mail is not set
up, a person posts it and says so.
"""

import logging
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from uuid import UUID

from babel.dates import format_date
from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from compliance.access import policy
from compliance.access.permissions import Verb
from compliance.audit import log
from compliance.audit.actions import Action
from compliance.leases import FREE
from compliance.models import FormEntry, Person, RequestLetter, SubjectRequest
from compliance.requests.laws import law
from compliance.requests.wording import Wording, wording
from compliance.retention.periods import legal_calendar

logger = logging.getLogger(__name__)

Kind = RequestLetter.Kind
State = RequestLetter.State
BY_ITSELF = (Kind.CONFIRM, Kind.RECEIPT, Kind.COPY, Kind.LIFTING)
"""Nobody has to read these before they leave."""
BY_HAND = (State.DRAFT, State.BY_POST, State.GIVEN_UP)
"""Somebody has to do something before it leaves; until then it can be changed."""
HEADERS = {"Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All"}
LEASE = timedelta(seconds=60)
FIRST_WAIT = timedelta(minutes=1)
TRIED_FOR = timedelta(days=3)


class NotEditable(ValueError):
    """A letter that cannot be changed, or not go by mail; the text says why."""


def write(
    request: SubjectRequest,
    kind: Kind,
    *,
    now: datetime,
    reasons: str = "",
    more: Mapping[str, str] | None = None,
    leave_by: datetime | None = None,
) -> RequestLetter:
    """Put a letter about a request beside the act it tells of.

    more: what else this kind of letter fills in, by its name in braces. leave_by: until
    when the law wants one sent that somebody has to read first.
    """
    words = wording(request.language)
    texts = request.texts
    filled = {
        "name": texts.name,
        "reference": request.reference,
        "kind": words.kinds[request.kind],
        "received": told_day(request.received_at, words),
        "due": told_day(request.due_at, words),
        "law": law(request.law).citation,
        "ground": words.grounds.get(request.ground, ""),
        "complaint": words.complaint(request.law),
        "reasons": reasons.strip(),
        **(more or {}),
    }
    subject, body = signed(words.letters[kind], filled)
    by_mail = State.WAITING if kind in BY_ITSELF else State.DRAFT
    return RequestLetter.objects.create(
        request=request,
        kind=kind,
        language=words.language,
        to=texts.email or "\n".join(filter(None, (texts.name, texts.address))),
        subject=subject,
        body=body,
        state=by_mail if texts.email else State.BY_POST,
        made_at=now,
        due_at=leave_by or now,
    )


def ask_to_confirm(
    entry: FormEntry, *, kind: str, email: str, link: str, language: str, now: datetime
) -> RequestLetter:
    """Ask whoever filled in the form to show that the address is theirs."""
    words = wording(language)
    until = told_day(entry.expires_at, words)
    subject, body = signed(
        words.letters[Kind.CONFIRM],
        {"kind": words.kinds[kind], "link": link, "until": until},
    )
    return RequestLetter.objects.create(
        entry=entry,
        kind=Kind.CONFIRM,
        language=words.language,
        to=email,
        subject=subject,
        body=body,
        made_at=now,
        due_at=now,
    )


def edit(*, letter: RequestLetter, subject: str, body: str, by: Person) -> bool:
    """Change what a letter says before it leaves; False where it says just that.

    Raises Refused; NotEditable for one that has left or is about to, or without a text.
    """
    policy.require(by, Verb.HANDLE_REQUEST)
    with transaction.atomic():
        row = _by_hand(letter)
        said = subject.strip(), body.strip()
        if not all(said) or len(said[0].splitlines()) > 1:
            raise NotEditable(_("A letter has a subject of one line, and a text."))
        if said == (row.subject.strip(), row.body.strip()):
            return False
        row.subject, row.body = said[0], f"{said[1]}\n"
        row.save(update_fields=["subject", "body"])
        facts = {"letter": row.kind}
        log.append(
            Action.REQUEST_LETTER_EDITED, subject=row.request, actor=by, facts=facts
        )
    return True


def release(*, letter: RequestLetter, by: Person, now: datetime) -> None:
    """Let a letter go by mail, as it stands. Raises Refused; NotEditable as above, and
    where it has no mail address."""
    policy.require(by, Verb.HANDLE_REQUEST)
    with transaction.atomic():
        row = _by_hand(letter)
        if row.state == State.BY_POST:
            raise NotEditable(_("No mail address is known: it is to be posted."))
        row.state, row.released_at, row.due_at, row.attempt = State.WAITING, now, now, 0
        row.save(update_fields=["state", "released_at", "due_at", "attempt"])
        facts = {"letter": row.kind}
        log.append(
            Action.REQUEST_LETTER_RELEASED, subject=row.request, actor=by, facts=facts
        )


def due(*, now: datetime, limit: int) -> list[UUID]:
    """Ids of letters to be sent, oldest first; none while mail is not set up."""
    if not settings.MAIL_IS_ON:
        return []
    rows = RequestLetter.objects.filter(FREE, state=State.WAITING, due_at__lte=now)
    return list(rows.order_by("due_at").values_list("pk", flat=True)[:limit])


def deliver(*, letter_id: UUID, now: datetime) -> bool:
    """Send one letter; returns whether it left. May be repeated.

    It and its entry are put down before the mail server is asked, and taken back where
    that does not take it. One that no mail can be made of, as of an address whose host
    cannot be written, is given up at once and holds up none of the others.
    """
    letter = _claim(letter_id, now)
    if letter is None:
        return False
    try:
        with transaction.atomic():
            if not _sent(letter, now):
                return False
            _mail(letter)
    except (OSError, ValueError) as error:
        _put_back(letter, error, now)
        return False
    return True


def posted(*, letter: RequestLetter, by: Person, now: datetime) -> bool:
    """Say that a letter was posted by hand. False where it has left already."""
    policy.require(by, Verb.HANDLE_REQUEST)
    with transaction.atomic():
        rows = RequestLetter.objects.select_for_update().filter(
            pk=letter.pk, request__isnull=False
        )
        found = rows.exclude(state=State.SENT).first()
        return found is not None and _sent(found, now, by=by)


def told_day(moment: datetime | date, words: Wording) -> str:
    """A day as the language writes it, by the legal time zone."""
    day = legal_calendar().day_of(moment) if isinstance(moment, datetime) else moment
    return str(format_date(day, format="long", locale=words.language))


def signed(template: Mapping[str, str], filled: dict[str, str]) -> tuple[str, str]:
    """Subject and text of a letter of ours, filled in and signed."""
    controller = settings.REQUESTS["controller"]
    body = template["body"].format_map(filled).strip()
    return template["subject"].format_map(filled), f"{body}\n\n{controller}\n"


def _by_hand(letter: RequestLetter) -> RequestLetter:
    rows = RequestLetter.objects.select_for_update(of=("self",))
    row = rows.filter(pk=letter.pk, state__in=BY_HAND, request__isnull=False).first()
    if row is None:
        raise NotEditable(_("This letter has left, or is about to."))
    return row


def _claim(letter_id: UUID, now: datetime) -> RequestLetter | None:
    rows = RequestLetter.objects.filter(
        FREE, pk=letter_id, state=State.WAITING, due_at__lte=now
    )
    if not rows.update(claimed_until=Now() + LEASE, attempt=F("attempt") + 1):
        return None
    return RequestLetter.objects.get(pk=letter_id)


def _sent(letter: RequestLetter, now: datetime, by: Person | None = None) -> bool:
    rows = RequestLetter.objects.filter(pk=letter.pk, attempt=letter.attempt)
    rows = rows.exclude(state=State.SENT)
    if not rows.update(state=State.SENT, sent_at=now, claimed_until=None):
        return False
    request = letter.request
    if request is None:
        return True
    if letter.kind == Kind.RECEIPT and request.acknowledged_at is None:
        SubjectRequest.objects.filter(pk=request.pk).update(acknowledged_at=now)
    facts = {"letter": letter.kind}
    log.append(Action.REQUEST_LETTER_SENT, subject=request, actor=by, facts=facts)
    return True


def _mail(letter: RequestLetter) -> None:
    EmailMessage(
        subject=str(letter.subject),
        body=str(letter.body),
        to=[str(letter.to)],
        headers=HEADERS | {"Message-ID": f"<{letter.pk}@earwitness>"},
    ).send()


def _put_back(
    letter: RequestLetter, error: OSError | ValueError, now: datetime
) -> None:
    due_at = now + FIRST_WAIT * 2 ** min(letter.attempt - 1, 9)
    too_long = due_at - (letter.released_at or letter.made_at) > TRIED_FOR
    over = too_long or isinstance(error, ValueError)
    rows = RequestLetter.objects.filter(pk=letter.pk, attempt=letter.attempt)
    rows.update(
        state=State.GIVEN_UP if over else State.WAITING,
        due_at=due_at,
        claimed_until=None,
    )
    extra = {"letter": str(letter.pk), "error": type(error).__name__}
    logger.warning("request.letter_not_taken", extra=extra)
