"""People as the directory tells them: taken in, changed, shut out, let in, removed.

Somebody is the same person when the identity provider would say so: by issuer and
subject, never by e-mail. Who has no account in the directory is out of its reach.
"""

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from compliance.access import grants, groups, people, policy, sessions
from compliance.access.directory.errors import Taken, Unfit
from compliance.access.permissions import Verb
from compliance.access.sso import provider
from compliance.audit import log
from compliance.audit.actions import Action
from compliance.models import DirectoryAccount, Person

_OWN = (
    "user_name",
    "external_id",
    "display_name",
    "formatted",
    "given_name",
    "family_name",
)
_PERSONS = ("name", "email")


@dataclass(frozen=True)
class Told:
    """What the directory says of somebody. active: None where it says nothing.

    name: what he is called here, of all that is said of his name.
    """

    user_name: str
    external_id: str
    name: str
    email: str
    display_name: str = ""
    formatted: str = ""
    given_name: str = ""
    family_name: str = ""
    active: bool | None = None


def enrol(*, told: Told, now: datetime) -> DirectoryAccount:
    """Take somebody in, without a role, or take over whom the provider knows already.

    Raises Taken, and Unfit where what ties him to his login is missing.
    """
    with transaction.atomic():
        _refuse_taken(told, None)
        issuer, subject = _identity(told)
        person = _known(issuer, subject)
        shut_out = person is not None and _forget_removed(person)
        known = person is not None
        if person is None:
            _refuse_email(told.email, None)
            person = people.enrol(
                name=told.name,
                email=told.email,
                by=None,
                issuer=issuer,
                subject=subject,
            )
        account = DirectoryAccount(person=person, made_at=now, changed_at=now)
        account.active, account.shut_out = not shut_out, shut_out
        for field in _OWN:
            setattr(account, field, getattr(told, field))
        account.save()
        log.append(
            Action.DIRECTORY_PERSON_ADDED, subject=person, facts={"known": known}
        )
        _take_over(account, told)
        _let(account, active=told.active is not False)
        account.save()
    return account


def change(*, account: DirectoryAccount, told: Told, now: datetime) -> bool:
    """Keep what the directory says of him now; returns whether anything is new.

    Raises Taken, and Unfit.
    """
    with transaction.atomic():
        _refuse_taken(told, account)
        changed = [f for f in _OWN if getattr(account, f) != getattr(told, f)]
        for field in changed:
            setattr(account, field, getattr(told, field))
        changed += _take_over(account, told)
        if _tie(account.person, told):
            changed.append("subject")
        if told.active is not None and _let(account, active=told.active):
            changed.append("active")
        if not changed:
            return False
        account.changed_at = now
        account.save()
        log.append(
            Action.DIRECTORY_PERSON_CHANGED,
            subject=account.person,
            facts={"fields": ",".join(changed)},
        )
    return True


def remove(*, account: DirectoryAccount, now: datetime) -> None:
    """Shut him out for good: he leaves his groups, and his own roles end.

    The person stays, for what he did and heard stays his.
    """
    person = account.person
    with transaction.atomic():
        _let(account, active=False)
        for group in person.groups.all():
            groups.leave(group=group, person=person, by=None)
        for grant in policy.not_over().filter(person=person):
            grants.end(grant=grant, by=None, now=now)
        account.removed_at = account.changed_at = now
        account.save()
        log.append(Action.DIRECTORY_PERSON_REMOVED, subject=person)


def _identity(told: Told) -> tuple[str, str]:
    """Issuer and subject of his login; two empty texts without an identity provider."""
    if not provider.is_on():
        return "", ""
    by_id = settings.SCIM_SUBJECT == "externalId"
    subject = told.external_id if by_id else told.user_name
    if not subject:
        raise Unfit(_("externalId is missing: it ties the account to its login."))
    return provider.client().issuer, subject


def _known(issuer: str, subject: str) -> Person | None:
    """Whom the identity provider would sign in under this name. Raises Taken."""
    if not subject:
        return None
    people_here = Person.objects.select_for_update(no_key=True)
    person = people_here.filter(issuer=issuer, subject=subject).first()
    if person is not None and _is_kept_here(person):
        raise Taken("externalId", _("An administrator with a password is kept here."))
    return person


def _is_kept_here(person: Person) -> bool:
    """Whether he is for the day on which nobody else can come in: no directory's."""
    if DirectoryAccount.objects.filter(person=person).exists():
        return False
    may_enter_alone = person.has_usable_password()
    return person.is_break_glass or (
        may_enter_alone and policy.allows(person, Verb.GRANT_ROLE)
    )


def _forget_removed(person: Person) -> bool:
    """Make room for a new account of his; returns whether the old one shut him out."""
    old = DirectoryAccount.objects.filter(person=person).first()
    if old is None:
        return False
    if old.removed_at is None:
        raise Taken("userName", _("This person has an account of another name."))
    old.delete()
    return old.shut_out


def _refuse_taken(told: Told, account: DirectoryAccount | None) -> None:
    others = DirectoryAccount.objects.filter(removed_at=None)
    if account is not None:
        others = others.exclude(pk=account.pk)
    if others.filter(user_name__iexact=told.user_name).exists():
        raise Taken("userName", _("Another account has this userName."))
    if told.external_id and others.filter(external_id=told.external_id).exists():
        raise Taken("externalId", _("Another account has this externalId."))


def _refuse_email(email: str, person: Person | None) -> None:
    owners = Person.objects.filter(email__iexact=email)
    if (owners if person is None else owners.exclude(pk=person.pk)).exists():
        raise Taken("emails", _("Somebody else has this address here."))


def _take_over(account: DirectoryAccount, told: Told) -> list[str]:
    """Name and address of the person; returns which are new. Raises Taken."""
    person = account.person
    new = [f for f in _PERSONS if getattr(person, f) != getattr(told, f)]
    if "email" in new:
        _refuse_email(told.email, person)
    for field in new:
        setattr(person, field, getattr(told, field))
    if new:
        person.save(update_fields=new)
    return new


def _tie(person: Person, told: Told) -> bool:
    """Follow a new name of his login; his sessions end, as he may be another now."""
    issuer, subject = _identity(told)
    if not subject or (person.issuer, person.subject) == (issuer, subject):
        return False
    if _known(issuer, subject):
        raise Taken("externalId", _("Somebody else has this account."))
    person.issuer, person.subject = issuer, subject
    person.save(update_fields=["issuer", "subject"])
    log.append(Action.IDENTITY_TIED, subject=person)
    sessions.end_all(person=person, by=None)
    return True


def _let(account: DirectoryAccount, *, active: bool) -> bool:
    """Let him in or shut him out; returns whether the directory said something new.

    Whom an administrator shut out stays out.
    """
    if account.active == active:
        return False
    person = account.person
    if not active:
        account.shut_out = person.is_active
    if account.shut_out and person.is_active != active:
        people.set_active(person=person, active=active, by=None)
    if active:
        account.shut_out = False
    account.active = active
    return True
