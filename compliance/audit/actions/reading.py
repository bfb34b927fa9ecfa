"""Who read, heard or took what."""

from collections.abc import Mapping

from django.utils.translation import gettext_lazy as _

from compliance.audit.actions.names import Action
from compliance.audit.facts import FactType, Severity, Spec

_NOTICE = Severity.NOTICE
_WARNING = Severity.WARNING
_LISTEN: Mapping[str, FactType] = {
    "listen": str,
    "purpose": str,
    "seconds": int,
    "form": str,
}
_CHECKED: Mapping[str, FactType] = {"entries": int, "found": int, "first": str}

SPECS: Mapping[Action, Spec] = {
    Action.AUDIT_READ: Spec(
        _("read the audit log (%(entries)s entries)"),
        facts={"filters": str, "entries": int},
    ),
    Action.AUDIT_ENTRY_READ: Spec(_("opened an audit entry")),
    Action.AUDIT_CHECKED: Spec(
        _("checked the audit log: %(entries)s entries, nothing found"), facts=_CHECKED
    ),
    Action.AUDIT_FOUND_CHANGED: Spec(
        _("found the audit log changed: %(found)s findings, the first %(first)s"),
        _WARNING,
        "failed",
        _CHECKED,
    ),
    Action.AUDIT_PACK_ASKED: Spec(
        _("asked for a pack of the audit log (%(since)s to %(until)s)"),
        _NOTICE,
        "begun",
        {"since": str, "until": str},
    ),
    Action.AUDIT_PACK_MADE: Spec(
        _("made a pack of the audit log: %(entries)s entries"),
        facts={"entries": int, "bytes": int},
    ),
    Action.AUDIT_PACK_FAILED: Spec(
        _("could not make a pack of the audit log (%(reason)s)"),
        _NOTICE,
        "failed",
        {"reason": str},
    ),
    Action.AUDIT_PACK_TAKEN: Spec(
        _("took a pack of the audit log: %(entries)s entries"),
        _NOTICE,
        facts={"entries": int},
    ),
    Action.AUDIT_PACK_DELETED: Spec(
        _("deleted a pack of the audit log for ever: %(entries)s entries"),
        facts={"entries": int},
    ),
    Action.NUMBER_REVEALED: Spec(_("saw a whole number on %(about)s"), _NOTICE),
    Action.PERSON_SEARCHED: Spec(
        _("searched for a person by %(by)s"), _NOTICE, facts={"by": str}
    ),
    Action.LISTENERS_VIEWED: Spec(_("looked up who listened to %(about)s"), _NOTICE),
    Action.LISTEN_GRANTED: Spec(
        _("was served %(about)s to hear, for %(purpose)s"),
        facts={**_LISTEN, "reason_given": bool},
    ),
    Action.LISTEN_RENEWED: Spec(
        _("was served a fresh link to %(about)s, for %(purpose)s"), facts=_LISTEN
    ),
    Action.EMERGENCY_OPENED: Spec(
        _("heard %(about)s in an emergency, outside his own scope, for %(purpose)s"),
        _WARNING,
        facts={"emergency": str, "purpose": str},
    ),
    Action.EMERGENCY_JUDGED: Spec(
        _("judged %(about)s (%(judgement)s)"), _NOTICE, facts={"judgement": str}
    ),
    Action.LISTEN_REFUSED: Spec(
        _("was not served %(about)s to hear, for %(purpose)s (%(reason)s)"),
        _WARNING,
        "refused",
        {"purpose": str, "reason": str},
    ),
    Action.DOWNLOADED: Spec(
        _("took a copy of %(about)s, for %(purpose)s"),
        _NOTICE,
        facts={"disclosure": str, "purpose": str, "seconds": int, "form": str},
    ),
    Action.RENDITION_ASKED: Spec(
        _("had %(about)s prepared as another kind of file (%(form)s)"),
        outcome="begun",
        facts={"form": str},
    ),
    Action.RENDITION_MADE: Spec(
        _("made a file of another kind of %(about)s (%(form)s, %(bytes)s bytes)"),
        facts={"form": str, "bytes": int, "sha256": str},
    ),
    Action.RENDITION_FAILED: Spec(
        _("could not make a %(form)s of %(about)s (%(reason)s)"),
        _NOTICE,
        "failed",
        {"form": str, "reason": str},
    ),
    Action.RENDITION_DELETED: Spec(
        _("deleted the %(form)s made of %(about)s for ever: %(bytes)s bytes"),
        facts={"form": str, "versions": int, "bytes": int},
    ),
    Action.EXPORT_ASKED: Spec(
        _("asked for a list of calls as a file (%(filters)s)"),
        _NOTICE,
        "begun",
        {"filters": str},
    ),
    Action.EXPORT_MADE: Spec(
        _("made the file of %(about)s: %(rows)s calls"),
        facts={"rows": int, "bytes": int},
    ),
    Action.EXPORT_FAILED: Spec(
        _("could not make the file of %(about)s (%(reason)s)"),
        _NOTICE,
        "failed",
        {"reason": str},
    ),
    Action.EXPORT_TAKEN: Spec(
        _("took the file of %(about)s: %(rows)s calls"), _NOTICE, facts={"rows": int}
    ),
    Action.EXPORT_DELETED: Spec(
        _("deleted the file of %(about)s for ever: %(rows)s calls"),
        facts={"rows": int},
    ),
}
