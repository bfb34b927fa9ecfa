"""Why a part of a call ended as it did, and what its check found, in words.

Codes are what rows keep (`Recording.reason`, `Recording.findings`); a reason may name,
after a colon, what LiveKit blamed: `failed:upload`. Sentences are for people.
"""

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

_REASONS: dict[str, Promise] = {
    # how LiveKit says it ended
    "complete": gettext_lazy("LiveKit reported a complete recording."),
    "limit_reached": gettext_lazy("The recorder stopped at its time or size limit."),
    "failed": gettext_lazy("The recorder broke down."),
    "aborted": gettext_lazy("The recorder was ended before it wrote anything."),
    # why it was never started
    "room_gone": gettext_lazy("The call was over before the recorder could join."),
    "no_capacity": gettext_lazy("LiveKit had no recorder free."),
    "bad_request": gettext_lazy("LiveKit did not accept how we asked."),
    "forbidden": gettext_lazy("LiveKit did not let us start a recorder."),
    "unsupported": gettext_lazy("This LiveKit cannot record in this way."),
    "no_egress": gettext_lazy("LiveKit has no recorder installed (Egress)."),
    "unreachable": gettext_lazy("LiveKit could not be reached."),
    "never_started": gettext_lazy(
        "LiveKit gave no answer, and lists no recorder of ours."
    ),
    "forgotten": gettext_lazy("LiveKit no longer knew of this recorder."),
    "orphaned": gettext_lazy("The recorder died with its machine."),
    "store": gettext_lazy("The store would not say how a recorder may write to it."),
    "not_asked": gettext_lazy("No worker of the portal came to ask LiveKit in time."),
    "not_set_up": gettext_lazy("The portal is not set up to reach LiveKit."),
    # why we wanted it to stop
    "call_ended": gettext_lazy("The call ended."),
    "withdrawn": gettext_lazy("A party withdrew its consent."),
    "refused": gettext_lazy("A party refused to be recorded."),
    "not_announced": gettext_lazy(
        "The recording was not announced in time, so nobody may hear it."
    ),
    "not_reported": gettext_lazy(
        "Nobody reported the announcement or the consent that the law asks for."
    ),
    "quarantine": gettext_lazy("It was in quarantine, and an officer let it go."),
    "out_of_place": gettext_lazy(
        "Somebody who heard it said that it should not be here."
    ),
    "paused": gettext_lazy("Somebody asked for a pause."),
    "handover": gettext_lazy("The next part took over before a planned limit."),
    "given_up": gettext_lazy(
        "It started after all, when it was thought to have failed, so it was stopped."
    ),
    "announce_first": gettext_lazy("Somebody had not heard the announcement."),
    "consent_first": gettext_lazy("Somebody had not given consent."),
    "nobody_yet": gettext_lazy("Nobody was on the line."),
    "no_purpose": gettext_lazy("The team records for no purpose."),
    # why somebody should look at a recorder
    "not_ours": gettext_lazy(
        "LiveKit lists a recorder in this call's room that the portal did not start."
    ),
    "no_staff_notice": gettext_lazy(
        "There was no notice on file for staff on the line, and the team is strict."
    ),
    "do_not_record": gettext_lazy("Its number or trunk is on the do-not-record list."),
    # why a duty to record was not met
    "unrecorded": gettext_lazy("No recorder heard it for over half a minute."),
    # why a call is looked into
    "ai_not_disclosed": gettext_lazy(
        "Nobody reported that the caller was told: an AI speaks here."
    ),
    # why the log is not as it is held outside
    "missing": gettext_lazy("A checkpoint is no longer in the vault."),
    "covered": gettext_lazy(
        "Something else lies on top of a checkpoint in the vault. The checkpoint itself is"
        " there and fits the log."
    ),
    "unsigned": gettext_lazy(
        "A checkpoint in the vault is not signed by a key of ours."
    ),
    "ahead": gettext_lazy(
        "A checkpoint in the vault tells of entries that the log does not have."
    ),
    "contradicts": gettext_lazy(
        "A checkpoint in the vault tells of other entries than the log."
    ),
    "broken": gettext_lazy(
        "What was sealed last is not as it was signed: nothing is put on top of it."
    ),
    "behind": gettext_lazy("Entries have waited over half a minute for their seal."),
    "overdue": gettext_lazy("The vault has taken no checkpoint for two hours."),
    "sweep_paused": gettext_lazy("Somebody has paused the sweep."),
    # what an inventory found
    "missing_object": gettext_lazy(
        "Its file was there and is gone from the store; the loss was accepted."
    ),
    "altered": gettext_lazy("Its file in the store is not what was recorded."),
    "version": gettext_lazy("The version that was recorded is not in the store."),
    "size": gettext_lazy("The file is not as large as it was."),
    "hash": gettext_lazy("The file was read again and had another SHA-256."),
    "hidden": gettext_lazy("A delete marker lies on top of it."),
    "versions": gettext_lazy("More versions, or markers, lie there than are known."),
    "returned": gettext_lazy("It was gone, and lies in the store again."),
    "many": gettext_lazy("There are too many to tell one by one: see the inventory."),
    "orphan": gettext_lazy("No recording owned it, and two people gave it up."),
    "spill": gettext_lazy(
        "It held what must not be there: two people had it destroyed at once."
    ),
    # why it was deleted
    "request": gettext_lazy("A person asked for it, and two people had it deleted."),
    "redaction": gettext_lazy(
        "One person was silenced in it, and the file that it had before was deleted."
    ),
    "purge": gettext_lazy("Two people had it deleted by a list."),
    "retention_expired": gettext_lazy("Its time to be kept was over."),
}

_BLAMES: dict[str, Promise] = {
    "upload": gettext_lazy("The file could not be written to the store."),
    "frozen": gettext_lazy("The recorder hung."),
    "connection": gettext_lazy("The recorder lost its connection to the call."),
    "memory": gettext_lazy("The recorder ran out of memory."),
    "shutdown": gettext_lazy("The recorder's machine was shut down."),
    "no_media": gettext_lazy("Nobody sent any sound."),
    "backup_store": gettext_lazy(
        "The file was written to LiveKit's backup store: look for it there."
    ),
    "cpu_exhausted": gettext_lazy("The recorder's machine was overloaded."),
    "unknown": gettext_lazy("LiveKit did not say why."),
    # what is said to be on it
    "card": gettext_lazy("Card data is on it."),
    "health": gettext_lazy("Something about somebody's health is on it."),
    "child": gettext_lazy("A child is on it."),
    "wrong_person": gettext_lazy("Somebody is on it who ought not to be."),
    "other": gettext_lazy("Something is on it that ought not to be."),
}

_FINDINGS: dict[str, Promise] = {
    "size_mismatch": gettext_lazy("The file is not as large as LiveKit said."),
    "empty": gettext_lazy("The file is empty."),
    "not_audio": gettext_lazy("The file holds no sound that can be read."),
    "truncated": gettext_lazy("The file breaks off before its end."),
    "silent_agent": gettext_lazy("The agent's side is silent throughout."),
    "silent_caller": gettext_lazy("The caller's side is silent throughout."),
    "one_channel": gettext_lazy("Both sides are on one channel; they should be apart."),
    "unencrypted": gettext_lazy("The store did not encrypt the file."),
    "contradicted": gettext_lazy("LiveKit told of two different ends."),
    "format_refused": gettext_lazy(
        "LiveKit would not write the kind of file that the team wants, so it is OGG."
    ),
}


def reason(code: str) -> str:
    """The sentence or two of a reason code; '' for none, the code where it is new."""
    word, _colon, blame = code.partition(":")
    if not word:
        return ""
    told = [str(_REASONS.get(word, _unknown(word)))]
    if blame:
        told.append(str(_BLAMES.get(blame, _unknown(blame))))
    return " ".join(told)


def finding(code: str) -> str:
    """The sentence of one finding."""
    return str(_FINDINGS.get(code, _unknown(code)))


def _unknown(code: str) -> str:
    return _("Code “%(code)s”.") % {"code": code}
