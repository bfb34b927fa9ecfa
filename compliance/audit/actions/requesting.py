"""Requests of people: taken in, their clock, who asks, and the answer."""

from collections.abc import Mapping

from django.utils.translation import gettext_lazy as _

from compliance.audit.actions.names import Action
from compliance.audit.facts import Severity, Spec

_NOTICE = Severity.NOTICE

SPECS: Mapping[Action, Spec] = {
    Action.REQUEST_RECEIVED: Spec(
        _("took in %(about)s: %(kind)s under %(law)s, by %(channel)s"),
        _NOTICE,
        facts={"kind": str, "law": str, "channel": str, "duplicate": bool},
    ),
    Action.REQUEST_READ: Spec(_("read %(about)s")),
    Action.REQUEST_ASSIGNED: Spec(_("assigned %(about)s"), facts={"to": str}),
    Action.REQUEST_NOTED: Spec(_("wrote a comment on %(about)s"), facts={"note": str}),
    Action.REQUEST_PAUSED: Spec(
        _("stopped the clock of %(about)s (%(cause)s)"),
        _NOTICE,
        facts={"cause": str, "note": str},
    ),
    Action.REQUEST_RESUMED: Spec(
        _("let the clock of %(about)s go on; due %(due)s"), facts={"due": str}
    ),
    Action.REQUEST_EXTENDED: Spec(
        _("extended %(about)s to %(due)s"),
        _NOTICE,
        facts={"due": str, "note": str},
    ),
    Action.REQUEST_LINKED: Spec(
        _("linked a %(what)s to %(about)s (%(source)s)"),
        facts={"what": str, "source": str, "link": str},
    ),
    Action.REQUEST_UNLINKED: Spec(
        _("took a %(what)s off %(about)s"), facts={"what": str, "link": str}
    ),
    Action.REQUEST_CHECKED: Spec(
        _("checked who asks in %(about)s: %(method)s, passed: %(passed)s"),
        _NOTICE,
        facts={"method": str, "points": int, "passed": bool},
    ),
    Action.REQUEST_CODE_SENT: Spec(
        _("had a one-time code sent for %(about)s"), _NOTICE, facts={"link": str}
    ),
    Action.REQUEST_CODE_FAILED: Spec(
        _("could not have a one-time code sent for %(about)s (%(why)s)"),
        _NOTICE,
        outcome="failed",
        facts={"link": str, "why": str},
    ),
    Action.REQUEST_CODE_TRIED: Spec(
        _("entered a one-time code for %(about)s; right: %(right)s"),
        _NOTICE,
        facts={"link": str, "right": bool},
    ),
    Action.REQUEST_IDENTITY_DECIDED: Spec(
        _("decided who asks in %(about)s: %(identity)s"),
        _NOTICE,
        facts={"identity": str},
    ),
    Action.REQUEST_RESTRICTED: Spec(
        _("had all there is about the person of %(about)s restricted (%(ground)s)"),
        _NOTICE,
        facts={"ground": str},
    ),
    Action.REQUEST_LIFTED: Spec(
        _("had the restriction of %(about)s lifted; told by letter first: %(notice)s"),
        _NOTICE,
        facts={"notice": bool},
    ),
    Action.REQUEST_LETTER_SENT: Spec(
        _("a letter left about %(about)s: %(letter)s"), facts={"letter": str}
    ),
    Action.REQUEST_PLAN_MADE: Spec(
        _("had everything found for %(about)s: %(items)s"), facts={"items": int}
    ),
    Action.REQUEST_PLAN_CHANGED: Spec(
        _("changed the plan of %(about)s: %(items)s, ground %(ground)s"),
        facts={"items": int, "ground": str},
    ),
    Action.REQUEST_PLAN_WORDED: Spec(
        _("put the reasons of the plan of %(about)s in other words")
    ),
    Action.REQUEST_PLAN_REOPENED: Spec(
        _("took up the plan of %(about)s again, which nobody had agreed to")
    ),
    Action.REQUEST_PLAN_FROZEN: Spec(
        _(
            "froze the plan of %(about)s: %(goes)s go, in %(redacted)s the person is "
            "silenced, %(stays)s stay (%(sha256)s)"
        ),
        _NOTICE,
        facts={"goes": int, "redacted": int, "stays": int, "sha256": str},
    ),
    Action.REQUEST_PLAN_DROPPED: Spec(_("dropped the plan of %(about)s")),
    Action.REQUEST_PLAN_BEGUN: Spec(
        _(
            "began to carry out %(about)s: %(goes)s go, in %(redacted)s the person is "
            "silenced, %(stays)s stay (%(sha256)s)"
        ),
        _NOTICE,
        facts={"goes": int, "redacted": int, "stays": int, "sha256": str},
    ),
    Action.REQUEST_PLAN_DONE: Spec(
        _(
            "carried out %(about)s: %(gone)s deleted, %(redacted)s redacted, %(kept)s "
            "kept, %(rows)s rows"
        ),
        _NOTICE,
        facts={"gone": int, "redacted": int, "kept": int, "rows": int},
    ),
    Action.REQUEST_PLAN_RESUMED: Spec(
        _("went on with %(about)s: nothing keeps %(items)s of it any more"),
        _NOTICE,
        facts={"items": int},
    ),
    Action.REQUEST_PERSON_FORGOTTEN: Spec(
        _("forgot who had asked in %(about)s"), _NOTICE
    ),
    Action.REQUEST_LETTER_EDITED: Spec(
        _("changed a letter about %(about)s: %(letter)s"), facts={"letter": str}
    ),
    Action.REQUEST_LETTER_RELEASED: Spec(
        _("let a letter about %(about)s go: %(letter)s"), facts={"letter": str}
    ),
    Action.REQUEST_CLOSED: Spec(
        _("closed %(about)s: %(outcome)s"),
        _NOTICE,
        facts={"outcome": str, "ground": str, "evidence": int},
    ),
    Action.REQUEST_FORGOTTEN: Spec(
        _("deleted %(about)s: the time of its log is over"), _NOTICE
    ),
    Action.REQUEST_LOG_TAKEN: Spec(
        _("took the log of requests as a file (%(requests)s)"),
        _NOTICE,
        facts={"requests": int},
    ),
}
