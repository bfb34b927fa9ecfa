"""The panels beside the timeline of a call: each a question, each loaded when asked."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import prefetch_related_objects
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from compliance.access import policy
from compliance.access.permissions import Verb
from compliance.audit import log
from compliance.audit.actions import Action
from compliance.models import Person, Restriction
from compliance.retention import held, restrictions
from recordings import endings, expiry, hold_listening, listeners, playback, queries
from recordings.models import Call, Disclosure, Party, ProducedItem, Recording
from recordings.web import lawful, why_kept
from recordings.web.moments import person as name_of

DEFAULT = "why"


@dataclass(frozen=True)
class Panel:
    """A tab: its name, the verb that opens it, and what it reads."""

    key: str
    name: Promise
    read: Callable[[Call, Person], dict[str, Any]]
    verb: Verb = Verb.VIEW


def of(call: Call, viewer: Person) -> list[Panel]:
    """The panels this person may open."""
    return [panel for panel in PANELS if policy.allows(viewer, panel.verb, call)]


def chosen(key: str, call: Call, viewer: Person) -> Panel:
    """The panel of that key, or the first. Raises Refused for one that is closed."""
    panel = next((panel for panel in PANELS if panel.key == key), PANELS[0])
    policy.require(viewer, panel.verb, call)
    return panel


def _why(call: Call, _viewer: Person) -> dict[str, Any]:
    parts = list(call.recordings.all())
    opened = playback.open_purposes(parts[-1], now=timezone.now()) if parts else []
    return lawful.panel(call, open_purposes=opened)


def ground(call: Call, viewer: Person, *, now: datetime) -> held.Ground:
    """The holds that keep parts of a call, as this person may know them; asked for only
    where `kept.parts` found one."""
    ids = [part.id for part in call.recordings.all() if getattr(part, "is_held", False)]
    if not ids:
        return held.Ground()
    return held.ground(Recording.ITEM, ids, viewer=viewer, now=now)


def restricted(call: Call) -> list[Restriction]:
    """What restricts parts of a call; asked for only where there is something."""
    parts = [one for one in call.recordings.all() if getattr(one, "is_restricted", 0)]
    ids = [part.id for part in parts]
    return list(restrictions.of_items(Recording.ITEM, ids)) if ids else []


def _keep(call: Call, viewer: Person) -> dict[str, Any]:
    now = timezone.now()
    goes = why_kept.of_call(call, viewer, now=now)
    is_gone = any(one.receipt for one in goes)
    return {
        "ground": ground(call, viewer, now=now),
        "restrictions": restricted(call),
        "goes": goes,
        "days": expiry.DAYS,
        "may_certify": is_gone and policy.allows(viewer, Verb.CERTIFY, call),
    }


def _listened(call: Call, viewer: Person) -> dict[str, Any]:
    """Who was served what, or how many were. Looking it up is an entry, and stands or
    falls with it."""
    ids = [part.id for part in call.recordings.all()]
    with transaction.atomic():
        log.append(Action.LISTENERS_VIEWED, subject=call)
        told = ProducedItem.objects.filter(recording__in=ids)
        produced = hold_listening.produced_known_to(viewer, told)
        of_both = {"produced": list(produced.select_related("production", "recording"))}
        if not listeners.may_name(viewer, call):
            return {"totals": listeners.totals(ids, viewer=viewer), **of_both}
        return {
            **of_both,
            "listens": list(hold_listening.known_to(viewer, queries.listens(ids))),
            "disclosures": list(
                hold_listening.known_to(
                    viewer, Disclosure.objects.filter(recording__in=ids)
                )
                .select_related("by", "recording")
                .order_by("-at")
            ),
            "many_parts": len(ids) > 1,
        }


def _parties(call: Call, viewer: Person) -> dict[str, Any]:
    may = policy.allows(viewer, Verb.REVEAL_NUMBER, call)
    return {
        "people": [_party(party) for party in call.parties.all()],
        "may_reveal": may,
        "ask": "" if may else policy.whom_to_ask(call),
    }


def _party(party: Party) -> dict[str, Any]:
    return {
        "party": party,
        "name": name_of(party),
        "is_sealed": party.role in {Party.Role.CALLER, Party.Role.OTHER}
        and bool(party.number or party.name),
    }


def _file(call: Call, viewer: Person) -> dict[str, Any]:
    parts = list(call.recordings.all())
    stored = any(getattr(part, "is_restricted", False) for part in parts)
    may = policy.allows(viewer, Verb.DOWNLOAD, call) and not stored
    prefetch_related_objects(parts, "renditions")
    return {
        "files": [
            {
                "part": part,
                "findings": [endings.finding(code) for code in part.findings],
                "ended": endings.reason(part.reason),
                "purposes": playback.open_purposes(part, now=timezone.now())
                if may
                else [],
            }
            for part in parts
        ],
        "may_download": may,
        "ask": _ask(call, may=may, stored=stored),
    }


def _ask(call: Call, *, may: bool, stored: bool) -> str:
    if stored:
        return gettext("Its processing is restricted: no copy is taken.")
    return "" if may else policy.whom_to_ask(call)


PANELS = (
    Panel("why", _("Why recorded"), _why),
    Panel("keep", _("Keep & delete"), _keep),
    Panel("listened", _("Who listened"), _listened, Verb.WHO_LISTENED),
    Panel("parties", _("Parties"), _parties),
    Panel("file", _("File"), _file),
)
