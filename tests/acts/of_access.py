"""Acts about people, roles, approvals, keys and sessions."""

from datetime import timedelta
from typing import Any

from django.contrib.sessions.backends.signed_cookies import SessionStore
from django.db import DatabaseError, transaction
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils import timezone

from compliance import approvals
from compliance.access import (
    approving,
    deputies,
    grants,
    groups,
    keys,
    people,
    reviews,
    sessions,
    staff,
    step_up,
)
from compliance.access.directory import groups as directory_groups
from compliance.access.directory import people as directory_people
from compliance.access.factors import kept
from compliance.access.roles import Role
from compliance.audit.actions import Action
from compliance.models import (
    AccessReview,
    Approval,
    DirectoryAccount,
    DirectoryGroup,
    Group,
    Person,
    PersonSession,
    ReviewLine,
    RoleGrant,
    ServiceKey,
    Team,
)
from compliance.web import sso
from tests.acts.planted import WORD, WORDS
from tests.acts.table import Act, Table
from tests.cast import PASSWORD, Cast
from tests.factories.second_person import asked, second
from tests.proving import code_of

MONTH = timedelta(days=30)


def _record_created(cast: Cast) -> Act:
    @transaction.atomic
    def act() -> None:
        Team.objects.create(name="Support", region=cast.north)

    return act


def _record_changed(cast: Cast) -> Act:
    @transaction.atomic
    def act() -> None:
        cast.claims.name = "Renamed"
        cast.claims.save()

    return act


def _record_deleted(cast: Cast) -> Act:
    with transaction.atomic():
        team = Team.objects.create(name="Support", region=cast.north)
    return team.delete


def _role_granted(cast: Cast) -> Act:
    return lambda: grants.grant(
        person=cast.stranger,
        role=Role.REVIEWER,
        team=cast.claims,
        by=cast.administrator,
        now=timezone.now(),
    )


def _role_ended(cast: Cast) -> Act:
    grant = RoleGrant.objects.get(person=cast.reviewer)
    return lambda: grants.end(grant=grant, by=cast.administrator, now=timezone.now())


def _identity_tied(cast: Cast) -> Act:
    return lambda: people.tie(
        person=cast.lead, issuer="https://id", subject=WORDS, by=cast.administrator
    )


def _staff_identities(*before: str) -> Any:
    def arrange(cast: Cast) -> Act:
        def say(*identities: str) -> None:
            staff.say(
                person=cast.lead,
                identities=identities,
                by=cast.administrator,
                now=timezone.now(),
            )

        say(*before)
        return lambda: say(*([] if before else [WORDS]))

    return arrange


def _group(cast: Cast) -> Group:
    return groups.make(name="Desk", by=None)


def _group_joined(cast: Cast) -> Act:
    group = _group(cast)
    return lambda: groups.join(
        group=group, person=cast.lead, by=cast.administrator, now=timezone.now()
    )


def _group_left(cast: Cast) -> Act:
    group = _group(cast)
    groups.join(group=group, person=cast.lead, by=None, now=timezone.now())
    return lambda: groups.leave(group=group, person=cast.lead, by=cast.administrator)


def _review_begun(cast: Cast) -> Act:
    return lambda: reviews.begin(by=cast.administrator, now=timezone.now())


def _review_decided(cast: Cast) -> Act:
    """The only line, so that the decision also ends the review."""
    review = AccessReview.objects.create(begun_by=cast.administrator)
    grant = RoleGrant.objects.get(person=cast.reviewer)
    line = ReviewLine.objects.create(review=review, grant=grant)
    return lambda: reviews.decide(
        line=line,
        decision=ReviewLine.Decision.TAKE_AWAY,
        reason=WORDS,
        by=cast.administrator,
        now=timezone.now(),
    )


def _review_taken(cast: Cast) -> Act:
    review = AccessReview.objects.create(begun_by=cast.administrator)
    return lambda: reviews.taken(review=review, by=cast.auditor, lines=1)


def _approval_asked(cast: Cast) -> Act:
    second(Role.ADMINISTRATOR)
    return lambda: asked(cast)


def _approval(cast: Cast) -> tuple[Approval, Person]:
    other = second(Role.ADMINISTRATOR)
    return asked(cast), other


def _approval_approved(cast: Cast) -> Act:
    approval, other = _approval(cast)
    return lambda: approving.approve(approval=approval, by=other, now=timezone.now())


def _approval_rejected(cast: Cast) -> Act:
    approval, other = _approval(cast)
    return lambda: approving.reject(
        approval=approval, by=other, now=timezone.now(), remark=WORDS
    )


def _approval_withdrawn(cast: Cast) -> Act:
    approval, _other = _approval(cast)
    return lambda: approving.withdraw(
        approval=approval, by=cast.administrator, now=timezone.now()
    )


def _approval_carried_out(cast: Cast) -> Act:
    approval, other = _approval(cast)
    approving.approve(approval=approval, by=other, now=timezone.now())
    approval.refresh_from_db()
    return lambda: approving.carry_out(approval=approval, by=other, now=timezone.now())


def _approval_expired(cast: Cast) -> Act:
    approval, _other = _approval(cast)
    later = approval.until + timedelta(minutes=1)
    return lambda: approvals.sweep(now=later)


def _deputy_named(cast: Cast) -> Act:
    other = second(Role.OFFICER)
    now = timezone.now()
    return lambda: deputies.name(
        deputy=other, since=now, until=now + timedelta(days=7), by=cast.officer, now=now
    )


def _deputy_ended(cast: Cast) -> Act:
    deputy = _deputy_named(cast)()
    return lambda: deputies.end(
        deputy=deputy,  # type: ignore[arg-type]
        by=cast.officer,
        now=timezone.now(),
    )


def _key(cast: Cast, **by: Any) -> ServiceKey:
    now = timezone.now()
    key, _token = keys.make(
        service=cast.service,
        name=WORDS,
        now=now,
        until=now + MONTH,
        **(by or {"by": None}),
    )
    return key


def _key_made(cast: Cast) -> Act:
    return lambda: _key(cast, by=cast.administrator)


def _key_rotated(cast: Cast) -> Act:
    key = _key(cast)
    return lambda: keys.rotate(
        key=key,
        by=cast.administrator,
        now=timezone.now(),
        overlap=timedelta(days=1),
    )


def _key_revoked(cast: Cast) -> Act:
    key = _key(cast)
    return lambda: keys.revoke(key=key, by=cast.administrator)


def _password_set(cast: Cast) -> Act:
    return lambda: people.set_password(
        person=cast.lead, password="another long one 7", by=cast.administrator
    )


def _break_glass_marked(cast: Cast) -> Act:
    return lambda: people.mark_break_glass(
        person=cast.lead, is_one=True, by=cast.administrator
    )


def _sessions_ended(cast: Cast) -> Act:
    Client().force_login(cast.lead)
    assert PersonSession.objects.filter(person=cast.lead).exists()
    return lambda: sessions.end_all(person=cast.lead, by=cast.administrator)


def _signing_in(person: Person) -> Act:
    told = {"username": person.email, "password": PASSWORD}
    return lambda: Client().post(reverse("login"), told)


def _login(cast: Cast) -> Act:
    return _signing_in(cast.lead)


def _break_glass_used(cast: Cast) -> Act:
    people.mark_break_glass(person=cast.lead, is_one=True, by=cast.administrator)
    return _signing_in(cast.lead)


def _logout(cast: Cast) -> Act:
    browser = Client()
    browser.force_login(cast.lead)
    browser.get(reverse("access"))
    return lambda: browser.post(reverse("logout"))


def _stepped_up(cast: Cast) -> Act:
    """Nor does the session remember it."""
    session = SessionStore()

    def act() -> None:
        try:
            step_up.done(session, method="app", by=cast.lead, now=timezone.now())
        except DatabaseError:
            assert not step_up.is_fresh(session, now=timezone.now())
            raise

    return act


def _recovery_codes_made(cast: Cast) -> Act:
    kept.new_recovery_codes(by=cast.lead)
    return lambda: kept.new_recovery_codes(by=cast.lead)


def _factor_added(cast: Cast) -> Act:
    session = SessionStore()
    secret, _picture = kept.begin_app(session, cast.lead)
    return lambda: kept.add_app(session, by=cast.lead, code=code_of(secret))


def _ended_by_provider(cast: Cast) -> Act:
    browser = Client()
    browser.force_login(cast.lead)
    request = RequestFactory().get("/")
    request.user, request.session = cast.lead, browser.session
    return lambda: sso.end_here(request)


def _factor_removed(cast: Cast) -> Act:
    kept.new_recovery_codes(by=cast.lead)
    return lambda: kept.forget(cast.lead)


def _told(name: str = WORD) -> directory_people.Told:
    return directory_people.Told(
        user_name=WORD,
        external_id=WORD,
        name=name,
        email=f"{WORD}@example.org",
        display_name=WORD,
        formatted=WORD,
        given_name=WORD,
        family_name=WORD,
    )


def _account() -> DirectoryAccount:
    return directory_people.enrol(told=_told(), now=timezone.now())


def _directory_person_added(_cast: Cast) -> Act:
    return _account


def _directory_person_changed(_cast: Cast) -> Act:
    account = _account()
    return lambda: directory_people.change(
        account=account, told=_told(name="Dorothea"), now=timezone.now()
    )


def _directory_person_removed(_cast: Cast) -> Act:
    account = _account()
    return lambda: directory_people.remove(account=account, now=timezone.now())


def _directory_group() -> DirectoryGroup:
    return directory_groups.make(
        name="Told", external_id="g1", account_ids=[], now=timezone.now()
    )


def _directory_group_removed(_cast: Cast) -> Act:
    group = _directory_group()
    return lambda: directory_groups.remove(kept=group, now=timezone.now())


ACTS: Table = {
    Action.RECORD_CREATED: _record_created,
    Action.RECORD_CHANGED: _record_changed,
    Action.RECORD_DELETED: _record_deleted,
    Action.ROLE_GRANTED: _role_granted,
    Action.ROLE_ENDED: _role_ended,
    Action.IDENTITY_TIED: _identity_tied,
    Action.STAFF_IDENTITY_GIVEN: _staff_identities(),
    Action.STAFF_IDENTITY_ENDED: _staff_identities(WORDS),
    Action.GROUP_JOINED: _group_joined,
    Action.GROUP_LEFT: _group_left,
    Action.REVIEW_BEGUN: _review_begun,
    Action.REVIEW_DECIDED: _review_decided,
    Action.REVIEW_DONE: _review_decided,
    Action.REVIEW_TAKEN: _review_taken,
    Action.APPROVAL_ASKED: _approval_asked,
    Action.APPROVAL_APPROVED: _approval_approved,
    Action.APPROVAL_REJECTED: _approval_rejected,
    Action.APPROVAL_WITHDRAWN: _approval_withdrawn,
    Action.APPROVAL_CARRIED_OUT: _approval_carried_out,
    Action.APPROVAL_EXPIRED: _approval_expired,
    Action.DEPUTY_NAMED: _deputy_named,
    Action.DEPUTY_ENDED: _deputy_ended,
    Action.SERVICE_KEY_MADE: _key_made,
    Action.SERVICE_KEY_ROTATED: _key_rotated,
    Action.SERVICE_KEY_REVOKED: _key_revoked,
    Action.PASSWORD_SET: _password_set,
    Action.BREAK_GLASS_MARKED: _break_glass_marked,
    Action.BREAK_GLASS_USED: _break_glass_used,
    Action.SESSIONS_ENDED: _sessions_ended,
    Action.LOGIN: _login,
    Action.LOGOUT: _logout,
    Action.STEPPED_UP: _stepped_up,
    Action.RECOVERY_CODES_MADE: _recovery_codes_made,
    Action.FACTOR_ADDED: _factor_added,
    Action.SESSION_ENDED_BY_PROVIDER: _ended_by_provider,
    Action.FACTOR_REMOVED: _factor_removed,
    Action.DIRECTORY_PERSON_ADDED: _directory_person_added,
    Action.DIRECTORY_PERSON_CHANGED: _directory_person_changed,
    Action.DIRECTORY_PERSON_REMOVED: _directory_person_removed,
    Action.DIRECTORY_GROUP_ADDED: lambda _cast: _directory_group,
    Action.DIRECTORY_GROUP_REMOVED: _directory_group_removed,
}
