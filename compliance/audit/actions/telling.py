"""Others who hold a person's data: asked to let go of them, and told what became of them."""

from collections.abc import Mapping

from django.utils.translation import gettext_lazy as _

from compliance.audit.actions.names import Action
from compliance.audit.facts import Severity, Spec

_NOTICE = Severity.NOTICE

SPECS: Mapping[Action, Spec] = {
    Action.EXTERNAL_LISTED: Spec(
        _("listed for %(about)s who else holds data (%(tasks)s)"),
        _NOTICE,
        facts={"tasks": int},
    ),
    Action.EXTERNAL_ASKED: Spec(
        _("asked an external custodian about %(about)s"), _NOTICE, facts={"task": str}
    ),
    Action.EXTERNAL_CONFIRMED: Spec(
        _("put down that an external custodian confirmed %(about)s"),
        _NOTICE,
        facts={"task": str},
    ),
    Action.EXTERNAL_REFUSED: Spec(
        _("put down that an external custodian refused %(about)s"),
        Severity.WARNING,
        outcome="failed",
        facts={"task": str},
    ),
    Action.EXTERNAL_EXPIRED: Spec(
        _(
            "an external custodian no longer holds what %(about)s is about: its time is over"
        ),
        _NOTICE,
        facts={"task": str},
    ),
    Action.NOTICES_WRITTEN: Spec(
        _("wrote to recipients of data about %(about)s (%(notices)s)"),
        _NOTICE,
        facts={"notices": int},
    ),
    Action.NOTICE_EDITED: Spec(
        _("changed what a recipient is told about %(about)s"), facts={"notice": str}
    ),
    Action.NOTICE_SENT: Spec(
        _("told a recipient about %(about)s"), _NOTICE, facts={"notice": str}
    ),
    Action.NOTICE_IMPOSSIBLE: Spec(
        _("decided that a recipient cannot be told about %(about)s"),
        _NOTICE,
        facts={"notice": str},
    ),
    Action.PROCESSING_RECORD_TAKEN: Spec(
        _("took the record of processing as a file (%(format)s)"),
        _NOTICE,
        facts={"format": str, "sha256": str},
    ),
}
