"""Who came in, how he proved who he is, and what was refused."""

from collections.abc import Mapping

from django.utils.translation import gettext_lazy as _

from compliance.audit.actions.names import Action
from compliance.audit.facts import Severity, Spec

_NOTICE = Severity.NOTICE
_WARNING = Severity.WARNING

SPECS: Mapping[Action, Spec] = {
    Action.RECORD_CREATED: Spec(_("created %(about)s")),
    Action.RECORD_CHANGED: Spec(_("changed %(about)s")),
    Action.RECORD_DELETED: Spec(_("deleted %(about)s"), _NOTICE),
    Action.LOGIN: Spec(_("signed in"), facts={"method": str}),
    Action.LOGIN_FAILED: Spec(
        _("could not sign in (%(reason)s)"),
        _NOTICE,
        "refused",
        {"method": str, "reason": str},
    ),
    Action.LOGOUT: Spec(_("signed out")),
    Action.SESSION_ENDED_BY_PROVIDER: Spec(
        _("the identity provider ended the session of %(about)s (%(reason)s)"),
        facts={"reason": str},
    ),
    Action.SESSIONS_ENDED: Spec(
        _("ended %(sessions)s sessions of %(about)s"), facts={"sessions": int}
    ),
    Action.STEPPED_UP: Spec(
        _("proved once more who he is (%(method)s)"), facts={"method": str}
    ),
    Action.STEP_UP_FAILED: Spec(
        _("could not prove who he is (%(method)s, %(reason)s)"),
        _WARNING,
        "refused",
        {"method": str, "reason": str},
    ),
    Action.FACTOR_ADDED: Spec(
        _("added a second factor (%(kind)s)"), _NOTICE, facts={"kind": str}
    ),
    Action.FACTOR_REMOVED: Spec(
        _("removed a second factor (%(kind)s)"), _WARNING, facts={"kind": str}
    ),
    Action.RECOVERY_CODES_MADE: Spec(_("made new recovery codes"), _NOTICE),
    Action.BREAK_GLASS_MARKED: Spec(
        _("changed whether %(about)s is a break-glass account (%(is_one)s)"),
        _WARNING,
        facts={"is_one": bool},
    ),
    Action.BREAK_GLASS_USED: Spec(
        _("signed in with the break-glass account %(about)s"), _WARNING
    ),
    Action.ACCESS_REFUSED: Spec(
        _("was not allowed to %(verb)s%(at)s (%(reason)s)"),
        _WARNING,
        "refused",
        {"verb": str, "reason": str},
    ),
}
