"""Recordings produced for a court, an authority or a client."""

from collections.abc import Mapping

from django.utils.translation import gettext_lazy as _

from compliance.audit.actions.names import Action
from compliance.audit.facts import Severity, Spec

_NOTICE = Severity.NOTICE

SPECS: Mapping[Action, Spec] = {
    Action.PRODUCTION_ASKED: Spec(
        _(
            "asked for %(about)s, for %(to)s: %(recordings)s recordings of %(calls)s calls"
        ),
        _NOTICE,
        "begun",
        {"to": str, "calls": int, "recordings": int, "list": str},
    ),
    Action.PRODUCTION_BEGUN: Spec(
        _("has %(about)s made: %(volumes)s volumes"), _NOTICE, facts={"volumes": int}
    ),
    Action.PRODUCTION_VOLUME_MADE: Spec(
        _("made %(about)s: %(items)s items, %(bytes)s bytes"),
        facts={"items": int, "bytes": int},
    ),
    Action.PRODUCTION_VOLUME_FAILED: Spec(
        _("could not make %(about)s (%(reason)s)"), _NOTICE, "failed", {"reason": str}
    ),
    Action.PRODUCTION_VOLUME_DELETED: Spec(
        _("deleted the file of %(about)s for ever: %(items)s items"),
        facts={"items": int},
    ),
    Action.PRODUCTION_READY: Spec(
        _("finished %(about)s, %(exceptions)s items of it without an unaltered file"),
        _NOTICE,
        facts={"exceptions": int, "manifest": str, "key": str},
    ),
    Action.PRODUCTION_FAILED: Spec(
        _("could not finish %(about)s"), Severity.WARNING, "failed"
    ),
    Action.PRODUCTION_CANCELLED: Spec(
        _("cancelled %(about)s (%(reason)s)"), _NOTICE, facts={"reason": str}
    ),
    Action.PRODUCTION_TAKEN: Spec(
        _("took %(about)s, number %(number)s of a production"),
        _NOTICE,
        facts={"production": str, "number": int, "items": int},
    ),
    Action.RECORDING_PRODUCED: Spec(
        _("put %(about)s into a package for %(to)s"),
        _NOTICE,
        facts={"production": str, "to": str, "unaltered": bool},
    ),
}
