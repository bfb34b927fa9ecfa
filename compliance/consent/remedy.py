"""What to do with a call under a duty to record while it is not recorded.

Pure: the plan of a call in, the same plan out, with the instruction and its words.
"""

from dataclasses import replace

from compliance.consent.duty import Cause, Duty
from compliance.consent.plan import Plan, Script, Start, Why
from compliance.models import Purpose, Remedy


def under(
    duty: Duty | None, plan: Plan, *, is_failing: bool, is_live: bool = True
) -> Plan:
    """The plan of a call whose team is under a duty; without one, the plan as it is.

    is_failing: a recorder may run, was asked for, and does not. Where the call must not
    go on unrecorded by telephone, nothing else is said or asked any more.
    """
    if duty is None:
        return plan
    cause = _cause(plan, is_failing=is_failing) if is_live else None
    if cause is None:
        return replace(plan, duty=duty)
    told = duty.instruction(cause)
    plan = replace(plan, duty=duty, instruction=told)
    script = _INSTEAD.get(told.act)
    if script is not None:
        return replace(plan, say=(script,), ask_for=())
    if cause is Cause.FAILURE:
        return replace(plan, say=(Script.NOT_RECORDED, *plan.say))
    return plan


def _cause(plan: Plan, *, is_failing: bool) -> Cause | None:
    """Why the duty is not met at this moment; None while it is, or may still be."""
    if plan.why is Why.NO_STAFF_NOTICE:
        return Cause.FAILURE
    if plan.start is Start.NEVER or Purpose.LEGAL_DUTY in plan.refused:
        return Cause.REFUSAL
    return Cause.FAILURE if plan.may_start and is_failing else None


_INSTEAD = {
    Remedy.END_CALL: Script.END_CALL,
    Remedy.OTHER_CHANNEL: Script.OTHER_CHANNEL,
}
