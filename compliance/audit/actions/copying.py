"""The copy of their own calls that somebody gets who asks by law."""

from collections.abc import Mapping

from django.utils.translation import gettext_lazy as _

from compliance.audit.actions.names import Action
from compliance.audit.facts import Severity, Spec

_NOTICE = Severity.NOTICE

SPECS: Mapping[Action, Spec] = {
    Action.COPY_ASKED: Spec(
        _("has a copy made for %(about)s, of %(recordings)s recordings at most"),
        _NOTICE,
        "begun",
        {"copy": str, "recordings": int},
    ),
    Action.COPY_REVIEWED: Spec(
        _(
            "listened for others' voices for %(about)s: %(decision)s, %(ranges)s silenced"
        ),
        _NOTICE,
        facts={"recording": str, "decision": str, "ranges": int},
    ),
    Action.COPY_MADE: Spec(
        _("made %(about)s: %(items)s recordings looked at, %(bytes)s bytes"),
        facts={"items": int, "bytes": int},
    ),
    Action.COPY_FAILED: Spec(
        _("could not make %(about)s (%(reason)s)"), _NOTICE, "failed", {"reason": str}
    ),
    Action.COPY_DISCARDED: Spec(
        _("discarded the copy for %(about)s"), _NOTICE, facts={"copy": str}
    ),
    Action.COPY_LINK_MADE: Spec(
        _("sent a link to the copy for %(about)s"), _NOTICE, facts={"link": str}
    ),
    Action.COPY_LINK_WITHDRAWN: Spec(
        _("withdrew a link to the copy for %(about)s"), _NOTICE, facts={"link": str}
    ),
    Action.COPY_KEY_TOLD: Spec(
        _("gave out the passphrase of the copy for %(about)s (%(way)s)"),
        _NOTICE,
        facts={"copy": str, "way": str},
    ),
    Action.COPY_TAKEN: Spec(
        _("the copy for %(about)s was taken (%(way)s): %(recordings)s recordings"),
        _NOTICE,
        facts={"copy": str, "way": str, "recordings": int, "time": int},
    ),
    Action.COPY_DELETED: Spec(
        _("deleted the file of %(about)s for ever: %(items)s recordings"),
        facts={"items": int},
    ),
    Action.COPY_PROVED_GONE: Spec(
        _("asked the store for the file of %(about)s: it has it no more")
    ),
}
