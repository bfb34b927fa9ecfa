"""The only road to a link that plays or copies a recording.

Each link is asked for here, in one order: may this person do that to this recording >
is its state fit for it > has the purpose's own level of consent been met > is there a
reason where the team asks for one. All of it under the call's lock, so that nothing of
it changes before the entry is committed; only then is a link made, for five minutes at
most, and never for longer than the recording is kept.

What a browser cannot play is served as another kind of file, made by a worker at the
first wish (`renditions`): asked for here, in the same order, and no link until it is
there. What was heard, the player reports (`sittings`).
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import F
from django.http import Http404
from django.utils.translation import gettext as _

from compliance.access import policy
from compliance.access.guards import require_or_hide
from compliance.access.permissions import Verb
from compliance.access.refusals import Hidden, Refused
from compliance.audit import log
from compliance.audit.actions import Action
from compliance.audit.facts import Fact
from compliance.models import Person, Purpose
from compliance.models.statements import insert
from recordings import consent, hearing, media_store, renditions, shut, sittings
from recordings.hold_listening import hold_of
from recordings.media_store.base import Disposition, Link
from recordings.media_store.errors import StoreError
from recordings.media_store.object_keys import content_type_of
from recordings.models import (
    Disclosure,
    Listen,
    Recording,
    Rendition,
    RestrictedGround,
)
from recordings.renditions import File, Preparing

NEARLY_MS = 2_000
"""Whoever stopped this close to the end has heard it."""


@dataclass(frozen=True)
class Served:
    """A sitting and the link it was just given."""

    listen: Listen
    link: Link


class NoLink(Exception):
    """The store cannot make a link at present. What was granted stays in the log."""


class NoReason(Exception):
    """The team asks for a reason, or a copy for its recipient, and none was given."""


def open(
    *,
    recording_id: UUID,
    listener: Person,
    purpose: Purpose,
    reason: str = "",
    plays: Collection[str] = (),
    verb: Verb = Verb.LISTEN,
    restricted: RestrictedGround | None = None,
    opened: Callable[[Listen], None] | None = None,
    now: datetime,
) -> Served | Preparing:
    """Start a sitting with one recording and serve its first link.

    verb: LISTEN, or EMERGENCY_LISTEN (`recordings.emergency`), which reaches everywhere,
    or HEAR_RESTRICTED with the ground of it (`recordings.restricted_hearing`).
    opened: what belongs into the transaction of the sitting. plays: kinds of files the
    browser can play, none where it did not say. Preparing: no sitting yet, for there is
    no file for it; ask again.

    Raises Http404; Refused or Hidden (role, state or purpose; also entered in the log);
    NoReason; NoLink.
    """
    with transaction.atomic(durable=True):
        part = _granted(recording_id, listener, verb, purpose, now)
        recording = part.recording
        if recording.call.team.ask_reason and not reason.strip():
            raise NoReason
        form = renditions.instead(recording, plays)
        file = renditions.wanted(recording, form, by=listener, now=now)
        if isinstance(file, Preparing):
            return file
        life = hearing.life(recording, now=now)
        listen = Listen(
            recording=recording,
            listener=listener,
            purpose=purpose,
            in_emergency=verb == Verb.EMERGENCY_LISTEN,
            restricted=restricted or "",
            for_hold=hold_of(recording, listener=listener, purpose=purpose, now=now),
            reason=reason.strip(),
            opened_at=now,
            last_served_at=now,
            position_ms=_begin_at(part),
        )
        insert(listen)
        log.append(
            Action.LISTEN_GRANTED,
            subject=recording,
            actor=listener,
            facts={
                **_facts(purpose, life, file, listen=str(listen.id)),
                "reason_given": bool(listen.reason),
            },
        )
        if opened:
            opened(listen)
    return _served(listen, recording, file, life)


def renew(
    *,
    listen_id: UUID,
    listener: Person,
    plays: Collection[str] = (),
    now: datetime,
) -> Served | Preparing:
    """Serve a further link within a sitting; everything is asked anew (see `open`).

    Raises NothingToPlay, Refused or Hidden, and NoLink.
    """
    with transaction.atomic(durable=True):
        listen = sittings.own(listen_id, listener)
        purpose = Purpose(listen.purpose)
        verb = sittings.verb_of(listen, now=now)
        part = _granted(listen.recording_id, listener, verb, purpose, now)
        form = renditions.instead(part.recording, plays)
        file = renditions.wanted(part.recording, form, by=listener, now=now)
        if isinstance(file, Preparing):
            return file
        life = hearing.life(part.recording, now=now)
        Listen.objects.filter(id=listen.id).update(
            last_served_at=now, links_served=F("links_served") + 1
        )
        log.append(
            Action.LISTEN_RENEWED,
            subject=part.recording,
            actor=listener,
            facts=_facts(purpose, life, file, listen=str(listen.id)),
        )
    return _served(listen, part.recording, file, life)


def download(
    *,
    recording_id: UUID,
    by: Person,
    purpose: Purpose,
    recipient: str,
    organisation: str,
    reason: str,
    as_wav: bool = False,
    now: datetime,
) -> Link | Preparing:
    """Serve a copy to take away, and keep for whom and why.

    as_wav: not as it was recorded. Preparing: nothing left yet, for a WAV must be made
    first; ask again.

    Raises Http404, Refused or Hidden, NoLink; NoReason when recipient or reason is
    missing.
    """
    with transaction.atomic(durable=True):
        part = _granted(recording_id, by, Verb.DOWNLOAD, purpose, now)
        if not (recipient.strip() and reason.strip()):
            raise NoReason
        form = Rendition.Form.WAV if as_wav else None
        file = renditions.wanted(part.recording, form, by=by, now=now)
        if isinstance(file, Preparing):
            return file
        life = hearing.life(part.recording, now=now)
        disclosure = Disclosure.objects.create(
            recording=part.recording,
            by=by,
            purpose=purpose,
            for_hold=hold_of(part.recording, listener=by, purpose=purpose, now=now),
            recipient=recipient.strip(),
            organisation=organisation.strip(),
            reason=reason.strip(),
            at=now,
        )
        log.append(
            Action.DOWNLOADED,
            subject=part.recording,
            actor=by,
            facts=_facts(purpose, life, file, disclosure=str(disclosure.id)),
        )
    return _link(part.recording, file, "attachment", life)


def open_purposes(recording: Recording, *, now: datetime) -> list[Purpose]:
    """The purposes it may be heard for: their level is met, and it is kept for them."""
    lawful = consent.open_purposes(recording)
    return [one for one in lawful if recording.is_kept_for(one, now=now)]


def _granted(
    recording_id: UUID, person: Person, verb: Verb, purpose: Purpose, now: datetime
) -> hearing.Part:
    """The part under its call's lock, once role and scope, state and purpose allow it."""
    part = hearing.locked(recording_id, listener=person)
    if part is None:
        raise Http404
    recording = part.recording
    if verb == Verb.EMERGENCY_LISTEN:
        policy.require(person, verb)
    else:
        require_or_hide(person, verb, recording)
    if why := shut.for_now(part, person, verb, purpose, now=now):
        refused = _refusal(recording, verb, purpose, code=why[0], reason=why[1])
        if part.is_restricted and not policy.allows(person, Verb.RESTRICT, recording):
            raise Hidden(refused)
        raise refused
    return part


def _facts(
    purpose: Purpose, life: timedelta, file: File, **ids: str
) -> dict[str, Fact]:
    seconds = int(life.total_seconds())
    return {"purpose": purpose.value, "seconds": seconds, "form": file.form, **ids}


def _refusal(
    recording: Recording, verb: Verb, purpose: Purpose, *, code: str, reason: str
) -> Refused:
    officers = policy.holders(Verb.QUARANTINE, recording)
    names = ", ".join(officers.values_list("name", flat=True)[:3])
    ask = _("%(names)s can tell you more.") % {"names": names} if names else ""
    return Refused(
        verb=verb,
        code=code,
        reason=reason,
        ask=ask,
        subject=recording,
        action=Action.LISTEN_REFUSED,
        facts={"purpose": purpose.value, "reason": code},
    )


def _begin_at(part: hearing.Part) -> int:
    """Where this person stopped last time; from the start when it was the end."""
    length = part.recording.duration_ms or 0
    return 0 if part.left_off_ms + NEARLY_MS >= length else part.left_off_ms


def _served(
    listen: Listen, recording: Recording, file: File, life: timedelta
) -> Served | Preparing:
    link = _link(recording, file, "inline", life)
    return Served(listen, link) if isinstance(link, Link) else link


def _link(
    recording: Recording, file: File, disposition: Disposition, life: timedelta
) -> Link | Preparing:
    """Make the link. Only ever after the entry has been committed. Raises NoLink."""
    try:
        if file.rendition_id and not renditions.is_there(recording, file):
            return Preparing(file.rendition_id, is_new=True)
        return media_store.store(recording.store).presign(
            file.key,
            version_id=file.version_id or None,
            lifetime=life,
            disposition=disposition,
            filename=f"{recording.call_id}-{recording.part:02d}.{file.form}",
            content_type=content_type_of(file.key),
        )
    except StoreError as error:
        raise NoLink from error
