"""Tells each auditor once, by mail, which key signs the log, and the newest checkpoint.

So that the fingerprint lies where nobody of ours can change it, and whoever checks the
log later knows which one to ask for.
"""

import logging
from datetime import datetime

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import IntegrityError, transaction
from django.utils import translation
from django.utils.translation import gettext as _

from compliance import anchoring
from compliance.access import policy
from compliance.access.permissions import Verb
from compliance.audit import checkpoint, log, sealing_keys, seals
from compliance.audit.actions import Action
from compliance.models import AuditAnchor, AuditSeal, Person

logger = logging.getLogger(__name__)

PLACE = AuditAnchor.Place.MAIL
HEADERS = {"Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All"}


def send(*, now: datetime) -> int:
    """Write to every auditor who does not have the current key yet; returns how many.

    A mail that the server does not take is tried again the next time.
    """
    seal = seals.latest()
    if seal is None or not settings.MAIL_IS_ON:
        return 0
    written = AuditAnchor.objects.filter(place=PLACE, key_id=seal.key_id)
    waiting = policy.holders_anywhere(Verb.READ_AUDIT).exclude(
        pk__in=written.values("to")
    )
    return sum(_send(seal, person, now) for person in waiting)


def _send(seal: AuditSeal, person: Person, now: datetime) -> bool:
    """Put it down and send it: what could not be sent was not put down."""
    try:
        with transaction.atomic():
            anchor = AuditAnchor.objects.create(
                place=PLACE,
                name=f"{person.pk}/{seal.key_id}",
                to=person,
                size=seal.size,
                root=seal.root,
                key_id=seal.key_id,
                anchored_at=now,
            )
            log.append(
                Action.AUDIT_ANCHORED,
                subject=anchor,
                facts=anchoring.facts_of(seal, PLACE),
            )
            _letter(seal, person, anchor).send()
    except (OSError, IntegrityError) as error:
        extra = {"person": str(person.pk), "error": type(error).__name__}
        logger.warning("audit.key_letter_failed", extra=extra)
        return False
    return True


def _letter(seal: AuditSeal, person: Person, anchor: AuditAnchor) -> EmailMessage:
    public = sealing_keys.publics()[seal.key_id]
    with translation.override(person.language or settings.LANGUAGE_CODE):
        paragraphs = (
            _("The audit log of %(portal)s is sealed under this key:")
            % {"portal": settings.PORTAL_URL},
            checkpoint.fingerprint(public),
            _(
                "Keep this mail. Whoever checks the log, with us or without us, should "
                "ask for this fingerprint, and the log must still have grown from this "
                "checkpoint:"
            ),
            seals.note_of(seal),
        )
        return EmailMessage(
            subject=f"[Earwitness] {_('The key under which the audit log is sealed')}",
            body="\n\n".join(paragraphs),
            to=[person.email],
            headers=HEADERS | {"Message-ID": f"<{anchor.pk}@earwitness>"},
        )
