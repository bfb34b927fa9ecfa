"""Telling recipients what became of data that were given to them (GDPR Art. 19).

Who was given what is known to those who gave it; here each becomes one letter, to be
read, changed and sent by an officer, or put down as impossible or out of proportion,
which Art. 19 sentence 1 lets be.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Protocol

from django.db import transaction
from django.utils.translation import gettext as _

from compliance.access import policy
from compliance.access.permissions import Verb
from compliance.audit import log
from compliance.audit.actions import Action
from compliance.keys import keyring
from compliance.models import Person, RecipientNotice, SubjectRequest
from compliance.requests import letters
from compliance.requests.clock import NotByLaw
from compliance.requests.wording import wording

Change = RecipientNotice.Change
Kind = SubjectRequest.Kind
State = RecipientNotice.State
TOLD: Mapping[str, Change] = {
    Kind.ERASURE: Change.ERASURE,
    Kind.WITHDRAWAL: Change.ERASURE,
    Kind.RECTIFICATION: Change.RECTIFICATION,
    Kind.RESTRICTION: Change.RESTRICTION,
    Kind.OBJECTION: Change.RESTRICTION,
}
"""What recipients are told after a request of each kind; of others, nothing."""
_LOOKUP = "a recipient\0"


class Recipient(Protocol):
    """Somebody who was given something about the person, as the giver knows it.

    what: in words, fit for a letter; items: how many things, or the things themselves.
    """

    @property
    def what(self) -> str: ...
    @property
    def to_whom(self) -> str: ...
    @property
    def at(self) -> datetime: ...
    @property
    def items(self) -> Any: ...


def write_for(
    *,
    request: SubjectRequest,
    recipients: Iterable[Recipient],
    by: Person,
    now: datetime,
) -> list[RecipientNotice]:
    """One letter for each of them, in the language of the request; all there are now.

    May be repeated: who has one keeps it as it is. None for requests that change
    nothing. Raises Refused.
    """
    policy.require(by, Verb.HANDLE_REQUEST)
    change = TOLD.get(request.kind)
    if change is None:
        return []
    with transaction.atomic():
        row = SubjectRequest.objects.select_for_update().get(pk=request.pk)
        known = set(row.notices.values_list("given_lookup", flat=True))
        made = []
        for one in recipients:
            marks = keyring("number_lookup").digests(_given(one))
            if known.isdisjoint(marks):
                known.add(marks[0])
                made.append(_notice(row, one, change, marks[0], now))
        RecipientNotice.objects.bulk_create(made)
        if made:
            facts = {"notices": len(made)}
            log.append(Action.NOTICES_WRITTEN, subject=row, actor=by, facts=facts)
    return of(request)


def of(request: SubjectRequest) -> list[RecipientNotice]:
    """The notices of a request, by when the data were given."""
    rows = request.notices.select_related("by", "request")
    return list(rows.order_by("given_at", "id"))


def edit(*, notice: RecipientNotice, subject: str, body: str, by: Person) -> bool:
    """Change what is told, before it is; False where it says just that.

    Raises Refused, and NotByLaw.
    """
    policy.require(by, Verb.HANDLE_REQUEST)
    if not subject.strip() or not body.strip():
        raise NotByLaw(_("A letter has a subject of one line, and a text."))
    with transaction.atomic():
        row = _locked(notice)
        if (row.subject.strip(), row.body.strip()) == (subject.strip(), body.strip()):
            return False
        row.subject, row.body = subject.strip(), f"{body.strip()}\n"
        row.save(update_fields=["subject", "body"])
        _append(Action.NOTICE_EDITED, row, by)
    return True


def sent(*, notice: RecipientNotice, by: Person, now: datetime) -> None:
    """Put down that it was sent, as it stands. Raises Refused, and NotByLaw."""
    policy.require(by, Verb.HANDLE_REQUEST)
    with transaction.atomic():
        row = _locked(notice)
        row.state, row.at, row.by = State.SENT, now, by
        row.save(update_fields=["state", "at", "by"])
        _append(Action.NOTICE_SENT, row, by)


def impossible(
    *, notice: RecipientNotice, reason: str, by: Person, now: datetime
) -> None:
    """Put down that telling is impossible or out of proportion, and why.

    Raises Refused, and NotByLaw without a reason.
    """
    policy.require(by, Verb.HANDLE_REQUEST)
    if not reason.strip():
        raise NotByLaw(_("Say why this recipient cannot be told."))
    with transaction.atomic():
        row = _locked(notice)
        row.state, row.at, row.by = State.IMPOSSIBLE, now, by
        row.reason = reason.strip()
        row.save(update_fields=["state", "at", "by", "reason"])
        _append(Action.NOTICE_IMPOSSIBLE, row, by)


def _notice(
    request: SubjectRequest,
    one: Recipient,
    change: Change,
    mark: str,
    now: datetime,
) -> RecipientNotice:
    words = wording(request.language)
    filled = {
        "what": one.what,
        "given": letters.told_day(one.at, words),
        "reference": request.reference,
    }
    subject, body = letters.signed(words.notices[change], filled)
    return RecipientNotice(
        request=request,
        change=change,
        to_whom=one.to_whom,
        given_lookup=mark,
        given_at=one.at,
        language=words.language,
        subject=subject,
        body=body,
        made_at=now,
    )


def _given(one: Recipient) -> str:
    told = (one.to_whom.strip().casefold(), one.what, one.at.isoformat())
    return _LOOKUP + "\0".join(told)


def _locked(notice: RecipientNotice) -> RecipientNotice:
    rows = RecipientNotice.objects.select_for_update(of=("self",))
    row = rows.select_related("request").get(pk=notice.pk)
    if row.state != State.TO_SEND:
        raise NotByLaw(_("This recipient has been seen to already."))
    return row


def _append(act: Action, notice: RecipientNotice, by: Person) -> None:
    log.append(act, subject=notice.request, actor=by, facts={"notice": str(notice.pk)})
