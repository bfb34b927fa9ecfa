"""Why a part cannot be heard, what is safe, and what to do: in place of the player."""

from datetime import datetime

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from compliance.access import policy
from compliance.access.permissions import Verb
from compliance.models import Person, Purpose
from compliance.retention.periods import OPEN_END
from recordings import endings, quarantine, sealing
from recordings.models import Call, DoNotRecord, Recording
from recordings.web import archived
from recordings.web.stop import Stop

State = Recording.State


_PASSING = {
    State.PLANNED: Stop(
        gettext_lazy("The recorder is about to start"),
        gettext_lazy("LiveKit will be asked in a moment."),
        mark="work",
        is_passing=True,
    ),
    State.STARTING: Stop(
        gettext_lazy("The recorder is starting"),
        gettext_lazy("LiveKit was asked; it joins the call within a minute or so."),
        mark="work",
        is_passing=True,
    ),
    State.UNCLEAR: Stop(
        gettext_lazy("It is not clear whether the recorder started"),
        gettext_lazy("LiveKit gave no answer. It is being asked what it knows."),
        gettext_lazy("A second recorder is never started meanwhile."),
        mark="work",
        tone="amber",
        is_passing=True,
    ),
    State.RECORDING: Stop(
        gettext_lazy("Recording now"),
        gettext_lazy("It can be heard once it has ended and its file was checked."),
        mark="live",
        tone="red",
        is_passing=True,
    ),
    State.STOPPING: Stop(
        gettext_lazy("The recorder is stopping"),
        gettext_lazy("LiveKit is writing the last of the file to the store."),
        mark="work",
        is_passing=True,
    ),
    State.CHECKING: Stop(
        gettext_lazy("Being checked"),
        gettext_lazy(
            "The file is read to its end, hashed and charted. This takes some seconds."
        ),
        mark="work",
        is_passing=True,
    ),
}

_NOT_KEPT = {
    State.FAILED: gettext_lazy("This part could not be recorded"),
    State.ABORTED: gettext_lazy("This part was not recorded"),
    State.LOST: gettext_lazy("This part is lost"),
}

_NOT_ASKED = {
    Call.Consent.UNDECIDED: gettext_lazy("Nobody has decided yet whether it may be."),
    Call.Consent.PENDING: gettext_lazy("What the law asks for had not happened yet."),
    Call.Consent.REFUSED: gettext_lazy("A party refused to be recorded."),
    Call.Consent.WITHDRAWN: gettext_lazy("A party withdrew its consent."),
}
_RIGHTLY = gettext_lazy(
    "Its number or trunk has been on the do-not-record list since %(day)s: %(reason)s."
)


def of_call(call: Call) -> Stop:
    """Nothing was recorded at all: why."""
    if call.do_not_record is not None:
        return _exempt(call, call.do_not_record)
    title = _("Not recorded so far") if call.is_live else _("Nothing was recorded")
    why = _NOT_ASKED.get(Call.Consent(call.consent), "")
    more = _("Who called, when, and what was said of consent is kept below.")
    return Stop(title, why, more, is_passing=call.is_live)


def _exempt(call: Call, entry: DoNotRecord) -> Stop:
    """The list says that such a call is not recorded."""
    told = {
        "day": date_format(localtime(entry.since), "DATE_FORMAT"),
        "reason": entry.get_reason_display(),
    }
    more = _("Who called, when, and what was said of consent is kept below.")
    title = _("Rightly not recorded")
    return Stop(title, _RIGHTLY % told, more, is_passing=call.is_live)


def of_part(
    part: Recording,
    *,
    viewer: Person,
    purposes: list[Purpose],
    is_held: bool,
    now: datetime,
) -> Stop | None:
    """Why this person cannot hear this part now; None when they can.

    is_held: it is kept on a legal ground, so it does not go when its time is over.
    """
    state = State(part.state)
    if state in _PASSING:
        return _passing(part, state)
    if state in _NOT_KEPT:
        return _not_kept(part, state)
    if state == State.IN_BACKUP:
        return _in_backup(part)
    let_in = sealing.lets(part, viewer, Purpose.EVIDENCE, now=now)
    if quarantine.is_held(part, now=now) and not let_in:
        return _quarantined(part, viewer)
    is_shut = state not in Recording.HEARABLE and not let_in
    if is_shut or (part.expires_at and part.expires_at <= now):
        return _gone(part, state, is_held=is_held, now=now)
    if shut := _not_for_him(part, viewer, purposes):
        return shut
    return None if part.is_within_reach(now=now) else archived.stop(part, now=now)


def _not_for_him(
    part: Recording, viewer: Person, purposes: list[Purpose]
) -> Stop | None:
    """A part that is well, and yet not to be heard by this person."""
    if getattr(part, "is_restricted", False):
        return _restricted(part)
    if not policy.allows(viewer, Verb.LISTEN, part):
        return Stop(
            _("You may see this call, but not hear it"),
            _("None of your roles lets you hear recordings of this team."),
            policy.whom_to_ask(part),
            mark="refused",
        )
    if not purposes:
        return Stop(
            _("This recording may be heard for nothing"),
            _("The consent on this call does not cover any purpose of the team."),
            _("See “Why recorded” for what is missing."),
            mark="refused",
            tone="amber",
        )
    return None


def _passing(part: Recording, state: State) -> Stop:
    stop = _PASSING[state]
    if state == State.CHECKING and part.looks:
        return Stop(
            _("The file is not in the store yet"),
            _("It was looked for %(n)s times, and is looked for again.")
            % {"n": part.looks},
            endings.reason(part.reason),
            mark="work",
            tone="amber",
            is_passing=True,
        )
    return stop


def _not_kept(part: Recording, state: State) -> Stop:
    found = " ".join(endings.finding(code) for code in part.findings)
    tone = "" if state == State.ABORTED else "red"
    more = _("Other parts, the timeline and the consents of this call are safe.")
    if state != State.ABORTED:
        more += " " + _("Whoever runs the system has been alerted.")
    return Stop(
        _NOT_KEPT[state],
        f"{endings.reason(part.reason)} {found}".strip(),
        more,
        mark="cross" if tone else "none",
        tone=tone,
    )


def _in_backup(part: Recording) -> Stop:
    until = part.backup_until
    day = date_format(localtime(until), "DATE_FORMAT") if until else ""
    return Stop(
        _("The file lies in LiveKit's backup store"),
        _(
            "Egress could not write to our store and used its own. It is gone by %(day)s."
        )
        % {"day": day},
        _("Copied to its key, %(key)s, it is found within the hour and checked.")
        % {"key": part.object_key},
        mark="wait",
        tone="amber",
    )


def _quarantined(part: Recording, viewer: Person) -> Stop:
    officers = policy.holders(Verb.QUARANTINE, part)
    names = ", ".join(officers.values_list("name", flat=True)[:3])
    more = _("The file is safe; nobody hears it until that is decided.")
    if names:
        more += " " + _("It is decided by: %(names)s.") % {"names": names}
    is_sealed = part.state == State.SEALED
    return Stop(
        _("Sealed") if is_sealed else _("In quarantine"),
        endings.reason(part.reason),
        more,
        mark="held" if is_sealed else "apart",
        tone="amber",
        decision=_decision(part)
        if policy.allows(viewer, Verb.QUARANTINE, part)
        else "",
    )


def _restricted(part: Recording) -> Stop:
    return Stop(
        _("Restricted: it is only stored"),
        _("Nobody hears it, takes a copy of it or finds it, and no policy deletes it."),
        _("On a ground of the law, whoever holds the right may hear it, in writing."),
        mark="apart",
        tone="amber",
        decision=reverse("call-restriction", args=[part.call_id]),
    )


def _decision(part: Recording) -> str:
    """The page where it is decided: a spill has a quick lane of its own."""
    spill = part.spills.order_by("-reported_at").first()
    if spill:
        return reverse("spill", args=[spill.pk])
    return reverse("quarantine", args=[part.id])


def _gone(part: Recording, state: State, *, is_held: bool, now: datetime) -> Stop:
    if state == State.DESTROYED and part.destroyed_at:
        day = date_format(localtime(part.destroyed_at), "DATETIME_FORMAT")
        return Stop(
            _("Deleted for ever"),
            _("Every copy in the store was deleted on %(day)s.") % {"day": day},
            _("The receipt is under “Keep & delete”."),
            mark="gone",
        )
    if is_held and state != State.EXPIRED:
        return Stop(
            _("Its time is over"),
            _("It can no longer be heard. It is kept on a legal ground."),
            _("It goes when that has ended."),
            mark="held",
        )
    if part.keep_until == OPEN_END:
        return Stop(
            _("Its time is over"),
            _("It is hidden, and kept until an event is told that ends it."),
            _("The reason is under “Keep & delete”."),
            mark="gone",
        )
    last = max(filter(None, (part.gone_by, part.keep_until)), default=now)
    if last > now and state != State.EXPIRED:
        day = date_format(localtime(last), "DATE_FORMAT")
        return Stop(
            _("Its time is over"),
            _("It is hidden, and deleted for ever from %(day)s on.") % {"day": day},
            _("The reason is under “Keep & delete”."),
            mark="gone",
        )
    return Stop(
        _("Its time is over"),
        _("It can no longer be heard, and is deleted for ever shortly."),
        _("The reason is under “Keep & delete”."),
        mark="gone",
    )
