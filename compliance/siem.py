"""Which systems are sent the audit log: made, changed and tried out."""

from datetime import datetime

from django.db import transaction

from compliance.access import policy
from compliance.access.permissions import Verb
from compliance.audit import horizon, log
from compliance.audit.actions import Action
from compliance.keys import keyring
from compliance.models import Person, SiemTarget
from compliance.wire import reach, signature

RING = "siem_secrets"
Kind = SiemTarget.Kind
KEPT = ("name", "url", "ca", "certificate", "is_active")


def judge(*, kind: str, url: str) -> reach.Target:
    """The address taken apart, if this kind may have it. Raises `reach.OutOfReach`."""
    scheme = reach.TLS if kind == Kind.SYSLOG else reach.HTTPS
    return reach.target(url, scheme=scheme)


def make(
    target: SiemTarget, *, secret: str, whole: bool, by: Person, now: datetime
) -> str:
    """Send the log there from now on. Returns the secret where one was made, else ''.

    target: not stored yet. secret: the receiver's token, or the key of our certificate;
    OCSF has none, for it is made here. whole: from the first entry of the log on, not
    from now. Raises Refused, or `reach.OutOfReach` for an address that is none.
    """
    policy.require(by, Verb.FORWARD_AUDIT)
    judge(kind=target.kind, url=target.url)
    made = signature.new_secret() if target.kind == Kind.OCSF else ""
    with transaction.atomic():
        target.made_at, target.made_by = now, by
        target.sent_xid = 0 if whole else horizon.place().horizon
        _seal(target, made or secret)
        target.save(force_insert=True)
        log.append(Action.SIEM_SECRET_SET, subject=target, actor=by)
    return made


def change(
    target: SiemTarget, *, secret: str = "", renew: bool = False, by: Person
) -> str:
    """Save what was changed; whatever waits is tried again at once.

    secret: empty to keep the one it has. renew: make a new one, for OCSF; returned here
    alone. Raises Refused, or `reach.OutOfReach` for an address that is none.
    """
    policy.require(by, Verb.FORWARD_AUDIT)
    judge(kind=target.kind, url=target.url)
    made = signature.new_secret() if renew and target.kind == Kind.OCSF else ""
    with transaction.atomic():
        fields = [*KEPT, "rests_until"]
        target.rests_until = None
        if made or secret:
            _seal(target, made or secret)
            fields += ["secret", "secret_key_id"]
            log.append(Action.SIEM_SECRET_SET, subject=target, actor=by)
        target.save(update_fields=fields)
    return made


def try_out(target: SiemTarget, *, by: Person) -> None:
    """Have the entry of this very act sent there ahead of its turn. Raises Refused."""
    policy.require(by, Verb.FORWARD_AUDIT)
    with transaction.atomic():
        entry = log.append(Action.SIEM_TESTED, subject=target, actor=by)
        rows = SiemTarget.objects.filter(pk=target.pk)
        rows.update(test_entry=entry.pk, test_answer="")


def _seal(target: SiemTarget, secret: str) -> None:
    target.secret, target.secret_key_id = secret, keyring(RING).current.id
