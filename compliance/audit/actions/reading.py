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

SPECS: Mapping[Action, Spec] = {
    Action.NUMBER_REVEALED: Spec(_("saw a whole number on %(about)s"), _NOTICE),
    Action.PERSON_SEARCHED: Spec(
        _("searched for a person by %(by)s"), _NOTICE, facts={"by": str}
    ),
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
