"""Certificates of destruction: issued for any set of tombstones, signed, taken as files.

What is said of each item: a keyed commitment to what it was, times, counts, the policy,
and where its destruction stands in the audit log, if that is sealed. No id, no number,
no name: whoever has a certificate and not the facts learns of nobody.
"""

import base64
import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

from django.db import connection, transaction
from django.db.models import Max, QuerySet
from django.utils.translation import gettext as _

from compliance import certificate_file
from compliance.access import policy
from compliance.access.permissions import Verb
from compliance.audit import checkpoint, log, seals
from compliance.audit.actions import Action
from compliance.audit.facts import Fact
from compliance.canonical import canonical_text
from compliance.models import (
    AuditEntry,
    AuditLeaf,
    Certificate,
    DestructionReceipt,
    Installation,
    Person,
    RetentionPolicy,
)

VERSION = 1
MOST = 10_000
"""Items of one certificate: what fits into one file that people open."""
MOST_OF_REQUEST = 50_000
"""The same of a request: nobody could narrow it, and one person wants one answer. Paper
has the first of them, the signed file all (some 20 MB)."""
_LOCK = 7_261_930_271
About = Certificate.About


class CannotCertify(ValueError):
    """There is nothing to certify, or too much; the message says it."""


def reach(
    receipts: QuerySet[DestructionReceipt], *, by: Person
) -> QuerySet[DestructionReceipt]:
    """Those of the receipts that this person may certify."""
    return policy.scope_for(by, Verb.CERTIFY).narrow(receipts)


def issue(
    *,
    receipts: QuerySet[DestructionReceipt],
    about: Certificate.About,
    by: Person,
    now: datetime,
    subject_id: UUID | None = None,
    request: Mapping[str, Any] | None = None,
) -> Certificate:
    """Sign what became of these, of the teams that `by` may certify for.

    request: what else a request of a person came to; there may then be no recording at
    all. Raises CannotCertify, Refused.
    """
    policy.require(by, Verb.CERTIFY)
    most = MOST if request is None else MOST_OF_REQUEST
    rows = list(reach(receipts, by=by).order_by("destroyed_at", "id")[: most + 1])
    if not rows and request is None:
        raise CannotCertify(_("Nothing of it has been destroyed yet."))
    if len(rows) > most:
        raise CannotCertify(
            _("A certificate has %(n)s items at most: narrow the list.") % {"n": most}
        )
    teams = {row.team_id for row in rows}
    with transaction.atomic():
        made = Certificate(
            id=uuid4(),
            number=_next_number(),
            about=about,
            subject_id=subject_id,
            team_id=teams.pop() if len(teams) == 1 else None,
            items=len(rows),
            issued_by=by,
            issued_at=now,
        )
        _sign(made, rows, now, request)
        made.save(force_insert=True)
        facts: dict[str, Fact] = {"items": made.items, "number": made.number}
        facts |= {"about": made.about}
        log.append(Action.CERTIFICATE_MADE, subject=made, actor=by, facts=facts)
    return made


def seen_by(person: Person) -> QuerySet[Certificate]:
    """The certificates that this person may read."""
    scope = policy.scope_for(person, Verb.CERTIFY)
    return scope.narrow(Certificate.objects.select_related("team", "issued_by"))


def taken(certificate: Certificate, *, form: str, by: Person) -> bytes:
    """The signed file, to be handed over or printed; taking it is an entry.

    form: json or pdf.
    """
    with transaction.atomic():
        facts = {"form": form}
        log.append(Action.CERTIFICATE_TAKEN, subject=certificate, actor=by, facts=facts)
    return file_of(certificate)


def file_of(certificate: Certificate) -> bytes:
    """The signed file as JSON."""
    return certificate_file.content(
        text=certificate.body,
        public=certificate.public_bytes,
        signature=base64.b64decode(certificate.signature),
    )


def said(certificate: Certificate) -> dict[str, Any]:
    """What was signed, read back."""
    return dict(json.loads(certificate.body))


def _sign(
    made: Certificate,
    rows: Sequence[DestructionReceipt],
    now: datetime,
    request: Mapping[str, Any] | None,
) -> None:
    public = certificate_file.publics()[0]
    more = {} if request is None else {"request": dict(request)}
    made.body = canonical_text(
        {
            **more,
            "format": certificate_file.FORMAT,
            "version": VERSION,
            "id": str(made.id),
            "number": made.number,
            "installation": _installation(now),
            "issued_at": _time(now),
            "about": str(made.about),
            "items": _items(rows),
            "totals": {
                "items": len(rows),
                "versions": sum(_versions(row) for row in rows),
                "bytes": sum(_bytes(row) for row in rows),
            },
            "policies": _policies(rows),
            "log": {"checkpoint": _checkpoint()},
            "key": checkpoint.fingerprint(public),
        }
    )
    public, signature = certificate_file.sign(made.body)
    made.public_key = base64.b64encode(public).decode()
    made.signature = base64.b64encode(signature).decode()


def _items(rows: Sequence[DestructionReceipt]) -> list[dict[str, Any]]:
    positions = _positions(rows)
    return [
        {
            "kind": row.item_kind,
            "commitment": row.commitment,
            "commitment_key": row.key_id,
            "reason": row.reason,
            "policy": str(row.policy_id or ""),
            "policy_version": row.policy_version,
            "versions": _versions(row),
            "bytes": _bytes(row),
            "begun_at": _time(row.begun_at) if row.begun_at else None,
            "destroyed_at": _time(row.destroyed_at),
            "again": row.is_again,
            "log_position": positions.get(str(row.pk)),
        }
        for row in rows
    ]


def _positions(rows: Iterable[DestructionReceipt]) -> Mapping[str, int]:
    """Where the entries about these destructions stand in the log, as far as sealed."""
    of_entry = dict(
        AuditEntry.objects.filter(
            act__in=(Action.DESTRUCTION_DONE, Action.ORIGINAL_DESTROYED),
            object_pk__in=[str(row.item_id) for row in rows],
        ).values_list("id", "facts__receipt")
    )
    leaves = AuditLeaf.objects.filter(entry_id__in=list(of_entry))
    found = leaves.values_list("entry_id", "position")
    return {of_entry[entry]: position for entry, position in found}


def _policies(rows: Iterable[DestructionReceipt]) -> list[dict[str, Any]]:
    """What the policies said by which they went; their names are ours alone."""
    ids = {row.policy_id for row in rows if row.policy_id}
    found = RetentionPolicy.objects.filter(pk__in=ids).order_by("pk")
    return [
        {
            "id": str(one.pk),
            "version": one.version,
            "keep_at_least": one.keep_at_least,
            "delete_after": one.delete_after,
            "clock": one.clock,
        }
        for one in found
    ]


def _checkpoint() -> str:
    newest = seals.latest()
    return seals.note_of(newest) if newest else ""


def _installation(now: datetime) -> str:
    found, _made = Installation.objects.get_or_create(
        only=True, defaults={"made_at": now}
    )
    return str(found.pk)


def _next_number() -> int:
    """One after the other, without a gap: two at once wait for each other."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
    return (Certificate.objects.aggregate(last=Max("number"))["last"] or 0) + 1


def _versions(row: DestructionReceipt) -> int:
    return max(row.versions_listed, row.versions)


def _bytes(row: DestructionReceipt) -> int:
    return max(row.bytes_listed, row.bytes)


def _time(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
