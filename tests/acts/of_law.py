"""Acts about the law, its lists, and what is read under it."""

from datetime import date, timedelta
from typing import Any

from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from compliance.audit.actions import Action
from compliance.consent import (
    drafts,
    duties,
    rules,
    shipped,
    staff_notices,
    standing_consents,
)
from compliance.consent.duties import DutyDraft
from compliance.consent.rules import RuleDraft
from compliance.models import (
    Announce,
    AuditEntry,
    ConsentRule,
    Level,
    Person,
    PhoneNumber,
    Purpose,
    RecordingDuty,
    Remedy,
    StandingConsent,
    StandingNotice,
)
from recordings import do_not_record, impact, searching
from recordings.models import DoNotRecord, Impact
from tests.acts.planted import NUMBER, WORDS
from tests.acts.table import Act, Table
from tests.cast import Cast
from tests.factories.hearable import hearable_call
from tests.proving import prove

BEGINS = date(2027, 1, 1)


def _draft(cast: Cast) -> ConsentRule:
    said = RuleDraft(
        place="DE",
        place_name="Germany",
        level=Level.NOTICE,
        strict_level=Level.EXPLICIT,
        announce=Announce.BEFORE,
        citation="Opinion of counsel 7",
        effective_from=BEGINS,
        note=WORDS,
    )
    return drafts.write(draft=said, by=cast.officer, now=timezone.now())


def _rule_drafted(cast: Cast) -> Act:
    return lambda: _draft(cast)


def _rule_dropped(cast: Cast) -> Act:
    rule = _draft(cast)
    return lambda: drafts.drop(rule=rule, by=cast.officer)


def _impact(cast: Cast) -> Impact:
    rule = _draft(cast)
    return impact.begin(rule_id=rule.pk, by=cast.officer, now=timezone.now())


def _impact_begun(cast: Cast) -> Act:
    rule = _draft(cast)
    return lambda: impact.begin(rule_id=rule.pk, by=cast.officer, now=timezone.now())


def _rule_published(cast: Cast) -> Act:
    run = _impact(cast)
    while impact.advance(impact_id=run.pk, now=timezone.now()):
        pass
    return lambda: impact.publish(
        rule_id=run.rule_id,
        seen=run.fingerprint,
        by=cast.officer,
        now=timezone.now(),
    )


def _rule_reviewed(cast: Cast) -> Act:
    rule = _draft(cast)
    rule.version, rule.published_at = 999, timezone.now()
    with transaction.atomic():
        rule.save()
    return lambda: rules.confirm(rule=rule, by=cast.officer, now=timezone.now())


def _duty(cast: Cast) -> RecordingDuty:
    said = DutyDraft(
        code="trades",
        name="Trades",
        on_refusal=next(iter(Remedy)),
        on_failure=next(iter(Remedy)),
        citation="Opinion of counsel 8",
        effective_from=BEGINS,
        note=WORDS,
    )
    return duties.publish(draft=said, by=cast.officer, now=timezone.now())


def _duty_reviewed(cast: Cast) -> Act:
    duty = _duty(cast)
    duty.reviewed_by = duty.reviewed_at = None
    with transaction.atomic():
        duty.save()
    return lambda: duties.confirm(duty=duty, by=cast.officer, now=timezone.now())


def _rule_versioned(_cast: Cast) -> Act:
    """As a later release brings it: the newest default of a place says something new."""
    shipped.load()
    rule = ConsentRule.objects.filter(author=None).order_by("-version")[0]
    with transaction.atomic():
        rule.citation = "An earlier opinion"
        rule.save()
    return shipped.load


def _standing_consent(cast: Cast) -> StandingConsent:
    now = timezone.now()
    return standing_consents.record(
        number=PhoneNumber.from_raw(NUMBER),
        team=cast.claims,
        purposes=[Purpose.QUALITY],
        granted_at=now,
        expires_at=now + timedelta(days=30),
        source=StandingConsent.Source.FORM,
        evidence=WORDS,
        by=cast.officer,
        now=now,
    )


def _consent_recorded(cast: Cast) -> Act:
    PhoneNumber.from_raw(NUMBER)  # that it exists tells nothing
    return lambda: _standing_consent(cast)


def _consent_withdrawn(cast: Cast) -> Act:
    given = _standing_consent(cast)
    return lambda: standing_consents.withdraw(
        consent=given, by=cast.officer, now=timezone.now()
    )


def _notice(cast: Cast) -> StandingNotice:
    now = timezone.now()
    return staff_notices.give(
        team=cast.claims,
        version="1",
        text="Calls are recorded.",
        given_on=now.date(),
        until=None,
        by=cast.officer,
        now=now,
    )


def _notice_given(cast: Cast) -> Act:
    return lambda: _notice(cast)


def _notice_ended(cast: Cast) -> Act:
    notice = _notice(cast)
    return lambda: staff_notices.end(notice=notice, by=cast.officer, now=timezone.now())


def _list_entry(cast: Cast) -> DoNotRecord:
    return do_not_record.add(
        number=NUMBER,
        team=cast.claims,
        reason=DoNotRecord.Reason.STAFF,
        note=WORDS,
        since=None,
        until=None,
        by=cast.officer,
        now=timezone.now(),
    )


def _list_added(cast: Cast) -> Act:
    PhoneNumber.from_raw(NUMBER)
    return lambda: _list_entry(cast)


def _list_ended(cast: Cast) -> Act:
    entry = _list_entry(cast)
    return lambda: do_not_record.end(entry=entry, by=cast.officer, now=timezone.now())


def _person_searched(cast: Cast) -> Act:
    return lambda: searching.by_person(NUMBER, by=cast.officer, now=timezone.now())


def _browser(person: Person) -> Client:
    """Signed in, seen lately, with a second factor shown."""
    browser = Client(headers={"HX-Request": "true"})
    browser.force_login(person)
    prove(browser)
    browser.get(reverse("access"))
    return browser


def page_of(person: Person, name: str, *args: object, **query: str) -> Act:
    browser = _browser(person)
    return lambda: browser.get(reverse(name, args=args), query)


def _audit_entry_read(cast: Cast) -> Act:
    entry = AuditEntry.objects.first()
    assert entry is not None
    return page_of(cast.auditor, "audit-entry", entry.pk)


def _listeners_viewed(cast: Cast) -> Act:
    call = hearable_call(cast.claims)
    return page_of(cast.lead, "call", call.pk, panel="listened")


def _number_revealed(cast: Cast) -> Act:
    call = hearable_call(cast.claims)
    party: Any = call.parties.get(role="caller")
    browser = _browser(cast.officer)
    return lambda: browser.post(reverse("party-reveal", args=[call.pk, party.pk]))


ACTS: Table = {
    Action.RULE_DRAFTED: _rule_drafted,
    Action.RULE_DRAFT_DROPPED: _rule_dropped,
    Action.IMPACT_BEGUN: _impact_begun,
    Action.RULE_PUBLISHED: _rule_published,
    Action.RULE_VERSIONED: _rule_versioned,
    Action.RULE_REVIEWED: _rule_reviewed,
    Action.DUTY_VERSIONED: lambda cast: lambda: _duty(cast),
    Action.DUTY_REVIEWED: _duty_reviewed,
    Action.STANDING_CONSENT_RECORDED: _consent_recorded,
    Action.STANDING_CONSENT_WITHDRAWN: _consent_withdrawn,
    Action.STAFF_NOTICE_GIVEN: _notice_given,
    Action.STAFF_NOTICE_ENDED: _notice_ended,
    Action.LIST_ADDED: _list_added,
    Action.LIST_ENDED: _list_ended,
    Action.PERSON_SEARCHED: _person_searched,
    Action.AUDIT_READ: lambda cast: page_of(cast.auditor, "audit"),
    Action.AUDIT_ENTRY_READ: _audit_entry_read,
    Action.LISTENERS_VIEWED: _listeners_viewed,
    Action.NUMBER_REVEALED: _number_revealed,
}
