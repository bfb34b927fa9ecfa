"""Consent and the rules: what the law was told, and what it said."""

from collections.abc import Mapping

from django.utils.translation import gettext_lazy as _

from compliance.audit.actions.names import Action
from compliance.audit.facts import Severity, Spec

_NOTICE = Severity.NOTICE

SPECS: Mapping[Action, Spec] = {
    Action.CONSENT_RECORDED: Spec(
        _("reported consent on %(about)s: %(kind)s, by %(by)s"),
        facts={"record": str, "kind": str, "by": str},
    ),
    Action.CONSENT_VERDICT: Spec(
        _("the law was asked about %(about)s: verdict %(number)s"),
        facts={"verdict": str, "number": int},
    ),
    Action.CONSENT_EXEMPTED: Spec(
        _("%(about)s is not recorded: entry of the do-not-record list (%(reason)s)"),
        _NOTICE,
        facts={"entry": str, "reason": str},
    ),
    Action.STANDING_CONSENT_RECORDED: Spec(
        _("recorded %(about)s for %(purposes)s, until %(until)s"),
        _NOTICE,
        facts={"purposes": str, "source": str, "until": str},
    ),
    Action.STANDING_CONSENT_WITHDRAWN: Spec(_("withdrew %(about)s"), _NOTICE),
    Action.STAFF_NOTICE_GIVEN: Spec(
        _("put on file a notice to staff (%(to)s), given on %(given_on)s"),
        _NOTICE,
        facts={"to": str, "given_on": str, "until": str | None},
    ),
    Action.STAFF_NOTICE_ENDED: Spec(_("ended %(about)s"), _NOTICE),
    Action.LIST_ADDED: Spec(
        _("put a %(what)s on the do-not-record list (%(reason)s)"),
        _NOTICE,
        facts={"what": str, "reason": str, "until": str | None},
    ),
    Action.LIST_ENDED: Spec(
        _("took an entry off the do-not-record list: %(about)s"), _NOTICE
    ),
}
