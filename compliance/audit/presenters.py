"""Audit entries in words. Names are looked up now: the log itself holds none."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.apps import apps
from django.utils.translation import gettext as _

from compliance.audit import registered
from compliance.audit.actions import ACTIONS
from compliance.audit.facts import Severity
from compliance.models import AuditEntry, Person

Words = Mapping[str, Callable[[str], str]]
"""For the name of a fact: how to put its code into words."""

_PERSON = Person._meta.label_lower


@dataclass(frozen=True)
class Line:
    """One entry, ready to be shown."""

    entry: AuditEntry
    who: str
    sentence: str
    severity: Severity


@dataclass(frozen=True)
class Change:
    """One field of a diff. A personal one tells that it changed, not from what to what."""

    field: str
    before: str
    after: str
    is_personal: bool


def lines(entries: Iterable[AuditEntry], *, words: Words) -> list[Line]:
    """The entries in words, with one query for all the names in them."""
    shown = list(entries)
    names = _names(shown)
    return [
        Line(
            entry=entry,
            who=_who(entry, names),
            sentence=_sentence(entry, names, words),
            severity=_severity(entry),
        )
        for entry in shown
    ]


def changes(entry: AuditEntry) -> list[Change]:
    """The diff of an entry, field by field, in the words of the model."""
    model = _model(entry)
    classes = registered.classes_of(model) if model else None
    personal = classes.personal if classes else frozenset()
    return [
        Change(
            field=_field_name(model, name),
            before=before,
            after=after,
            is_personal=name in personal,
        )
        for name, (before, after) in sorted((entry.changes or {}).items())
    ]


def action_words(act: str) -> str:
    """A short name of an action for lists of choices: `recording: listen granted`."""
    noun, _dot, what = act.partition(".")
    return f"{noun.replace('_', ' ')}: {what.replace('_', ' ')}"


def _sentence(entry: AuditEntry, names: Mapping[str, str], words: Words) -> str:
    facts = {name: _fact(name, value, words) for name, value in entry.facts.items()}
    spec = ACTIONS.get(entry.act)  # type: ignore[call-overload]
    if spec is None:
        return action_words(entry.act)
    about = _about(entry, names)
    # for sentences that are whole without it: most refusals are about no row at all
    at = _(": %(about)s") % {"about": about} if about else ""
    try:
        told: str = spec.sentence % {**facts, "about": about, "at": at}
    except KeyError:
        return action_words(entry.act)  # written when the action had other facts
    return told


def _fact(name: str, value: Any, words: Words) -> str:
    text = "-" if value is None else str(value)
    put = words.get(name)
    return put(text) if put else text.replace("_", " ")


def _about(entry: AuditEntry, names: Mapping[str, str]) -> str:
    """What an entry is about: a person by name, all else by kind and short id."""
    if entry.object_kind == _PERSON:
        return names.get(entry.object_pk, _("somebody who is gone"))
    model = _model(entry)
    kind = str(model._meta.verbose_name) if model else entry.object_kind
    return f"{kind} {entry.object_pk[:8]}".strip()


def _who(entry: AuditEntry, names: Mapping[str, str]) -> str:
    if entry.actor_id is None:
        return _("nobody signed in") if entry.remote_addr else _("the portal")
    return names.get(str(entry.actor_id), _("somebody who is gone"))


def _names(entries: Iterable[AuditEntry]) -> dict[str, str]:
    wanted: set[str | UUID] = set()
    for entry in entries:
        if entry.actor_id:
            wanted.add(entry.actor_id)
        if entry.object_kind == _PERSON:
            wanted.add(entry.object_pk)
    people = Person.objects.filter(pk__in=wanted).values_list("pk", "name")
    return {str(pk): name for pk, name in people}


def _severity(entry: AuditEntry) -> Severity:
    spec = ACTIONS.get(entry.act)  # type: ignore[call-overload]
    return spec.severity if spec else Severity.NOTICE


def _model(entry: AuditEntry) -> Any:
    try:
        return apps.get_model(entry.object_kind)
    except (LookupError, ValueError):
        return None


def _field_name(model: Any, name: str) -> str:
    try:
        return str(model._meta.get_field(name).verbose_name)
    except (AttributeError, LookupError, ValueError):
        return name
