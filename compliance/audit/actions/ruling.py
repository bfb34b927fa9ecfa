"""Rules, duties and policies, and their versions."""

from collections.abc import Mapping

from django.utils.translation import gettext_lazy as _

from compliance.audit.actions.names import Action
from compliance.audit.facts import Severity, Spec

_NOTICE = Severity.NOTICE

SPECS: Mapping[Action, Spec] = {
    Action.RULE_DRAFTED: Spec(
        _("wrote a draft of the rule for %(place)s"), facts={"place": str, "draft": str}
    ),
    Action.RULE_DRAFT_DROPPED: Spec(
        _("dropped the draft of the rule for %(place)s"), facts={"place": str}
    ),
    Action.IMPACT_BEGUN: Spec(
        _("asked which calls the draft for %(place)s changes"),
        outcome="begun",
        facts={"place": str, "draft": str},
    ),
    Action.IMPACT_DONE: Spec(
        _("of %(looked)s calls the draft for %(place)s changes %(changed)s"),
        facts={"place": str, "draft": str, "looked": int, "changed": int},
    ),
    Action.IMPACT_FAILED: Spec(
        _("did not find out which calls the draft for %(place)s changes (%(reason)s)"),
        _NOTICE,
        "failed",
        {"place": str, "reason": str},
    ),
    Action.RULE_PUBLISHED: Spec(
        _("published version %(version)s of the rule for %(place)s, from %(begins)s"),
        _NOTICE,
        facts={"place": str, "version": int, "begins": str, "draft": str},
    ),
    Action.RULE_VERSIONED: Spec(
        _("wrote version %(version)s of the rule for %(place)s"),
        _NOTICE,
        facts={"place": str, "version": int},
    ),
    Action.RULE_REVIEWED: Spec(
        _("confirmed version %(version)s of the rule for %(place)s as reviewed"),
        _NOTICE,
        facts={"place": str, "version": int},
    ),
    Action.DUTY_VERSIONED: Spec(
        _("wrote version %(version)s of the duty to record %(duty)s"),
        _NOTICE,
        facts={"duty": str, "version": int},
    ),
    Action.DUTY_REVIEWED: Spec(
        _("confirmed version %(version)s of the duty to record %(duty)s as reviewed"),
        _NOTICE,
        facts={"duty": str, "version": int},
    ),
    Action.POLICY_DRAFTED: Spec(
        _("wrote a draft of a policy (%(draft)s)"), facts={"draft": str}
    ),
    Action.POLICY_DRAFT_DROPPED: Spec(
        _("dropped the draft of a policy (%(draft)s)"), facts={"draft": str}
    ),
    Action.POLICY_VERSIONED: Spec(
        _(
            "put version %(version)s of a policy in force: keep at least"
            " %(keep_at_least)s, delete after %(delete_after)s"
        ),
        _NOTICE,
        facts={
            "version": int,
            "keep_at_least": str,
            "delete_after": str,
            "ended": bool,
        },
    ),
    Action.POLICY_REACHED: Spec(
        _(
            "dated %(recordings)s recordings again, %(changed)s with another date"
            " (edition %(edition)s of the policies)"
        ),
        facts={"recordings": int, "changed": int, "edition": int},
    ),
    Action.REHEARSAL_FROZEN: Spec(
        _(
            "froze the list of %(recordings)s recordings that a change would let go"
            " earlier (SHA-256 %(sha256)s)"
        ),
        facts={"recordings": int, "sha256": str},
    ),
    Action.REHEARSAL_TAKEN: Spec(
        _("took the list of recordings that a change would let go earlier"), _NOTICE
    ),
    Action.NUMBER_LIST_MADE: Spec(_("began a list of numbers for policies")),
    Action.NUMBER_LIST_CHANGED: Spec(
        _(
            "changed a list of numbers for policies: %(added)s added, %(removed)s"
            " taken off (edition %(edition)s of the policies)"
        ),
        _NOTICE,
        facts={"added": int, "removed": int, "edition": int},
    ),
    Action.LIFECYCLE_ASKED: Spec(
        _("asked that a store gets the rules of the policies (%(rules)s, %(print)s)"),
        _NOTICE,
        "begun",
        {"rules": int, "print": str},
    ),
    Action.LIFECYCLE_APPLIED: Spec(
        _("wrote the rules of a store and read them back (%(rules)s)"),
        _NOTICE,
        facts={"rules": int},
    ),
    Action.LIFECYCLE_FAILED: Spec(
        _("did not write the rules of a store (%(reason)s)"),
        Severity.WARNING,
        "failed",
        {"reason": str},
    ),
    Action.LIFECYCLE_DRIFTED: Spec(
        _("found that the rules of a store were changed past the portal (%(what)s)"),
        Severity.WARNING,
        facts={"what": str},
    ),
    Action.CLOCK_EVENT_NAMED: Spec(
        _("named the event %(event)s, by which policies can count"),
        facts={"event": str},
    ),
    Action.CLOCK_EVENT_ENDED: Spec(
        _("ended the event %(event)s: no policy counts by it any more"),
        facts={"event": str},
    ),
    Action.CLOCK_EVENT_TOLD: Spec(
        _("told that the event %(event)s took place on %(day)s"),
        facts={"event": str, "day": str},
    ),
    Action.CLOCK_EVENT_CORRECTED: Spec(
        _("corrected the day of the event %(event)s to %(day)s"),
        _NOTICE,
        facts={"event": str, "day": str},
    ),
}
