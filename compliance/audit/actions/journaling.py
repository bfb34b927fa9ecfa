"""The journal after a restore of the database, and certificates of destruction."""

from collections.abc import Mapping

from django.utils.translation import gettext_lazy as _

from compliance.audit.actions.names import Action
from compliance.audit.facts import Severity, Spec

_NOTICE = Severity.NOTICE
_WARNING = Severity.WARNING

SPECS: Mapping[Action, Spec] = {
    Action.SWEEP_STOPPED: Spec(
        _("stopped the sweep: the database seems to have been restored (%(cause)s)"),
        _WARNING,
        facts={"cause": str},
    ),
    Action.JOURNAL_REPLAYED: Spec(
        _(
            "replayed the journal: %(destroyed)s destructions, %(holds)s holds,"
            " %(released)s releases, %(restricted)s restrictions, %(lifted)s lifted,"
            " %(quarantined)s quarantines, %(let_out)s let out, %(redacted)s redactions"
            " and %(erased)s erasures brought back; %(unsigned)s pages were not ours"
        ),
        _WARNING,
        facts={
            "pages": int,
            "destroyed": int,
            "again": int,
            "unheard": int,
            "holds": int,
            "released": int,
            "restricted": int,
            "lifted": int,
            "erased": int,
            "redacted": int,
            "quarantined": int,
            "let_out": int,
            "unsigned": int,
        },
    ),
    Action.CERTIFICATE_MADE: Spec(
        _("signed a certificate of the destruction of %(items)s items (%(about)s)"),
        _NOTICE,
        facts={"items": int, "number": int, "about": str},
    ),
    Action.CERTIFICATE_TAKEN: Spec(
        _("took a certificate of destruction (%(form)s)"), facts={"form": str}
    ),
}
