"""Who may call what: one row a route, written down apart from the code that decides.

A new route wants a row here:

    "calls/<uuid:call_id>/": Row(Verb.VIEW, about="call"),

- door: the verb without which the view is closed (or PUBLIC, SIGNED_IN, DIRECTORY: open
  to the token of the directory alone)
- methods: what it answers; anything else is 405
- about: the thing its id names (see tests/architecture/things.py); MISSING where the
  test has none, and whoever passes the door is told that there is nothing
- needs: the verb its act takes, where that is not the door's
- sees: who holds this for the thing is told 403, everybody else 404
- somewhere: the act takes the verb for any team, also where the verb is a matter of
  everybody (ORGANISATION_WIDE)
- sent: what a POST carries; JSON for the API, and where `is_json`

Admin pages need no row: their verbs stand on the classes of the admin site.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from compliance.access.guards import PUBLIC, SIGNED_IN
from compliance.access.permissions import Verb

GET = frozenset({"GET", "HEAD"})
POST = frozenset({"POST"})
BOTH = GET | POST
MISSING = "missing"
DIRECTORY = "directory"
_CHANGES = frozenset({"PUT", "PATCH", "DELETE"})


@dataclass(frozen=True)
class Row:
    """What one route asks of whoever calls it."""

    door: Verb | str
    methods: frozenset[str] = GET
    about: str = ""
    needs: Verb | None = None
    sees: Verb = Verb.VIEW
    somewhere: bool = False
    sent: Mapping[str, object] = field(default_factory=dict)
    is_json: bool = False

    @property
    def verb(self) -> Verb:
        """What the act takes."""
        return self.needs or Verb(self.door)


_ROOM = "api/v1/rooms/<str:room_sid>"

TABLE: Mapping[str, Row] = {
    "healthz": Row(PUBLIC),
    "readyz": Row(PUBLIC),
    "metrics": Row(PUBLIC),
    "login": Row(PUBLIC),
    "login/second": Row(PUBLIC),
    "login/second/options": Row(PUBLIC),
    "confirm": Row(SIGNED_IN, BOTH),
    "confirm/options": Row(SIGNED_IN, POST),
    "confirm/done": Row(SIGNED_IN),
    "security/": Row(SIGNED_IN),
    "security/passkeys/options": Row(SIGNED_IN, POST),
    "security/passkeys/add": Row(SIGNED_IN, POST),
    "security/passkeys/<int:passkey>/rename": Row(SIGNED_IN, POST),
    "security/passkeys/<int:passkey>/remove": Row(SIGNED_IN, POST),
    "security/app": Row(SIGNED_IN, BOTH),
    "security/app/remove": Row(SIGNED_IN, POST),
    "security/recovery": Row(SIGNED_IN, POST),
    "logout": Row(PUBLIC),
    "sso/start": Row(PUBLIC),
    "sso/callback": Row(PUBLIC),
    "sso/back-channel-logout": Row(PUBLIC, POST),
    "sso/confirmed": Row(SIGNED_IN),
    "webhooks/livekit": Row(PUBLIC),
    "webhooks/livekit/": Row(PUBLIC),
    "api/schema/": Row(PUBLIC),
    "scim/v2/ServiceProviderConfig": Row(DIRECTORY),
    "scim/v2/Schemas": Row(DIRECTORY),
    "scim/v2/Schemas/<str:uri>": Row(DIRECTORY),
    "scim/v2/ResourceTypes": Row(DIRECTORY),
    "scim/v2/ResourceTypes/<str:name>": Row(DIRECTORY),
    "scim/v2/Users": Row(DIRECTORY, BOTH),
    "scim/v2/Users/<uuid:pk>": Row(DIRECTORY, GET | _CHANGES),
    "scim/v2/Groups": Row(DIRECTORY, BOTH),
    "scim/v2/Groups/<uuid:pk>": Row(DIRECTORY, GET | _CHANGES),
    "scim/v2/<path:rest>": Row(DIRECTORY, BOTH | _CHANGES),
    "media/": Row(PUBLIC),
    "": Row(SIGNED_IN),
    "preferences": Row(SIGNED_IN, BOTH),
    "preferences/password": Row(SIGNED_IN, BOTH),
    "session": Row(SIGNED_IN, BOTH),
    "sessions/": Row(SIGNED_IN),
    "sessions/end": Row(SIGNED_IN, POST),
    "sessions/<slug:key>/end": Row(SIGNED_IN, POST),
    "keys/": Row(Verb.MANAGE_KEYS),
    "keys/new/directory": Row(Verb.MANAGE_KEYS, BOTH),
    "keys/new/<uuid:service_id>": Row(Verb.MANAGE_KEYS, BOTH, "service"),
    "keys/<uuid:key_id>/rotate": Row(Verb.MANAGE_KEYS, POST, "service key"),
    "keys/<uuid:key_id>/revoke": Row(Verb.MANAGE_KEYS, POST, "service key"),
    "access": Row(SIGNED_IN),
    "access/people/<uuid:person_id>/": Row(Verb.SEE_ROLES, about="person"),
    "access/roles/": Row(Verb.SEE_ROLES),
    "access/roles/give": Row(Verb.GRANT_ROLE, POST),
    "access/roles/<uuid:grant_id>/end": Row(Verb.GRANT_ROLE, POST, "grant"),
    "access/reviews/": Row(Verb.SEE_ROLES),
    "access/reviews/begin": Row(Verb.GRANT_ROLE, POST),
    "access/reviews/<uuid:review_id>/": Row(Verb.SEE_ROLES, about="review"),
    "access/reviews/<uuid:review_id>/file": Row(Verb.SEE_ROLES, about="review"),
    "access/reviews/lines/<uuid:line_id>": Row(Verb.GRANT_ROLE, POST, "review line"),
    "approvals/": Row(Verb.APPROVE),
    "approvals/deputies": Row(Verb.APPROVE, POST),
    "approvals/deputies/<uuid:deputy_id>/end": Row(Verb.APPROVE, POST, MISSING),
    "approvals/<uuid:approval_id>/": Row(
        Verb.APPROVE, GET, "approval", Verb.QUARANTINE, Verb.QUARANTINE
    ),
    "approvals/<uuid:approval_id>/decide": Row(
        Verb.APPROVE, POST, "approval", Verb.QUARANTINE, Verb.QUARANTINE
    ),
    "audit/": Row(Verb.READ_AUDIT),
    "audit/<uuid:entry_id>": Row(Verb.READ_AUDIT, about="entry"),
    "reasons/": Row(Verb.ERASE_GROUND),
    "reasons/<uuid:ground_id>/erase": Row(Verb.ERASE_GROUND, POST, "ground"),
    "siem/": Row(Verb.FORWARD_AUDIT),
    "siem/new": Row(Verb.FORWARD_AUDIT, BOTH),
    "siem/<uuid:target_id>/": Row(Verb.FORWARD_AUDIT, BOTH, "receiver"),
    "siem/<uuid:target_id>/test": Row(Verb.FORWARD_AUDIT, POST, "receiver"),
    "audit/checks/": Row(Verb.VERIFY_AUDIT),
    "audit/checks/pack": Row(Verb.VERIFY_AUDIT, POST),
    "audit/packs/<uuid:pack_id>": Row(Verb.VERIFY_AUDIT, about=MISSING),
    "audit/<uuid:entry_id>/proof": Row(Verb.READ_AUDIT, about="entry"),
    "audit/binder/": Row(Verb.READ_AUDIT),
    "audit/count": Row(Verb.READ_AUDIT, POST),
    "audit/populations/<uuid:population_id>/": Row(Verb.READ_AUDIT, about=MISSING),
    "audit/populations/<uuid:population_id>/statement": Row(
        Verb.READ_AUDIT, about=MISSING
    ),
    "consent/": Row(Verb.VIEW),
    "consent/new": Row(Verb.EDIT_RULE, BOTH),
    "consent/<slug:place>": Row(Verb.VIEW),
    "consent/<slug:place>/edit": Row(Verb.EDIT_RULE, BOTH),
    "consent/<slug:place>/drop": Row(Verb.EDIT_RULE, POST, MISSING),
    "consent/<slug:place>/confirm/<int:version>": Row(Verb.EDIT_RULE, POST),
    "retention/": Row(Verb.EDIT_POLICY),
    "retention/stores/": Row(Verb.EDIT_LIFECYCLE),
    "retention/stores/<uuid:rules_id>/": Row(Verb.EDIT_LIFECYCLE, about=MISSING),
    "retention/stores/<uuid:rules_id>/apply": Row(Verb.EDIT_LIFECYCLE, POST, MISSING),
    "retention/stores/<uuid:rules_id>/look": Row(Verb.EDIT_LIFECYCLE, POST, MISSING),
    "retention/authority": Row(Verb.EDIT_POLICY, BOTH),
    "retention/calendar/": Row(Verb.VIEW),
    "retention/conflicts/": Row(Verb.EDIT_POLICY),
    "retention/events/": Row(Verb.EDIT_POLICY),
    "retention/events/add": Row(Verb.EDIT_POLICY, POST),
    "retention/events/<uuid:event_id>/end": Row(Verb.EDIT_POLICY, POST, MISSING),
    "retention/numbers/": Row(Verb.EDIT_NUMBER_LIST),
    "retention/numbers/add": Row(Verb.EDIT_NUMBER_LIST, POST),
    "retention/numbers/<uuid:list_id>/": Row(
        Verb.EDIT_NUMBER_LIST, about="list of numbers"
    ),
    "retention/numbers/<uuid:list_id>/preview": Row(
        Verb.EDIT_NUMBER_LIST, POST, "list of numbers"
    ),
    "retention/numbers/<uuid:list_id>/change": Row(
        Verb.EDIT_NUMBER_LIST, POST, "list of numbers"
    ),
    "retention/numbers/<uuid:list_id>/<int:member_id>/reveal": Row(
        Verb.EDIT_NUMBER_LIST, POST, MISSING
    ),
    "retention/rehearsals/<uuid:rehearsal_id>/": Row(
        Verb.EDIT_POLICY, about="rehearsal"
    ),
    "retention/rehearsals/<uuid:rehearsal_id>/file": Row(
        Verb.EDIT_POLICY, about="rehearsal"
    ),
    "retention/<uuid:series>/rehearse": Row(Verb.EDIT_POLICY, POST, MISSING),
    "retention/new": Row(Verb.EDIT_POLICY, BOTH),
    "retention/deletions/": Row(Verb.EDIT_POLICY),
    "retention/deletions/pause": Row(Verb.STOP_DELETION, POST),
    "retention/deletions/resume": Row(Verb.STOP_DELETION, POST),
    "retention/purges/": Row(Verb.PURGE),
    "retention/purges/rehearse": Row(Verb.PURGE, POST),
    "retention/purges/<uuid:purge_id>/": Row(Verb.PURGE, about="purge"),
    "retention/purges/<uuid:purge_id>/ask": Row(Verb.PURGE, POST, "purge"),
    "retention/purges/<uuid:purge_id>/cancel": Row(Verb.PURGE, POST, "purge"),
    "retention/purges/<uuid:purge_id>/file": Row(Verb.PURGE, about="purge"),
    "retention/<uuid:series>/": Row(Verb.EDIT_POLICY, about="policy"),
    "retention/<uuid:series>/edit": Row(Verb.EDIT_POLICY, BOTH, "policy"),
    "retention/<uuid:series>/adopt": Row(Verb.EDIT_POLICY, POST, "policy"),
    "retention/<uuid:series>/end": Row(Verb.EDIT_POLICY, POST, "policy"),
    "retention/<uuid:series>/publish": Row(Verb.EDIT_POLICY, POST, MISSING),
    "retention/<uuid:series>/drop": Row(Verb.EDIT_POLICY, POST, MISSING),
    "consent/drafts/<uuid:rule_id>/": Row(
        Verb.VIEW, about=MISSING, needs=Verb.EDIT_RULE, somewhere=True
    ),
    "consent/drafts/<uuid:rule_id>/look": Row(Verb.EDIT_RULE, POST, MISSING),
    "consent/drafts/<uuid:rule_id>/publish": Row(Verb.EDIT_RULE, POST, MISSING),
    "calls/": Row(Verb.VIEW),
    "calls/search": Row(Verb.VIEW, POST),
    "calls/saved": Row(Verb.VIEW, POST),
    "calls/saved/<uuid:search_id>/drop": Row(Verb.VIEW, POST, MISSING),
    "calls/export": Row(Verb.EXPORT, POST),
    "calls/exports/": Row(Verb.EXPORT),
    "calls/exports/<uuid:export_id>/file": Row(Verb.EXPORT, about="somebody's file"),
    "calls/<uuid:call_id>/": Row(Verb.VIEW, about="call"),
    "calls/<uuid:call_id>/parties/<uuid:party_id>/reveal": Row(
        Verb.VIEW, POST, "party", Verb.REVEAL_NUMBER
    ),
    "calls/<uuid:call_id>/pausing": Row(Verb.PAUSE, about="call"),
    "calls/<uuid:call_id>/pause": Row(Verb.PAUSE, POST, "call"),
    "calls/<uuid:call_id>/resume": Row(Verb.PAUSE, POST, "call"),
    "calls/<uuid:call_id>/restriction": Row(Verb.VIEW, BOTH, "call", Verb.RESTRICT),
    "calls/<uuid:call_id>/restriction/hear": Row(
        Verb.VIEW, POST, "call", Verb.HEAR_RESTRICTED
    ),
    "restrictions/": Row(Verb.RESTRICT),
    "restrictions/<uuid:id>/again": Row(
        Verb.HEAR_RESTRICTED, POST, "somebody's listen"
    ),
    "alerts/": Row(Verb.SEE_ALERTS),
    "alerts/<uuid:alert_id>/": Row(
        Verb.SEE_ALERTS, about="alert", sees=Verb.SEE_ALERTS
    ),
    "alerts/<uuid:alert_id>/<slug:act>": Row(
        Verb.SEE_ALERTS, POST, "alert", Verb.OPERATE, Verb.SEE_ALERTS
    ),
    "alerts/<slug:kind>/<slug:team>/<slug:act>": Row(Verb.SEE_ALERTS, POST, MISSING),
    "emergency/": Row(Verb.SEE_ALERTS),
    "emergency/open": Row(Verb.EMERGENCY_LISTEN, POST),
    "emergency/<uuid:id>/again": Row(Verb.EMERGENCY_LISTEN, POST, "somebody's listen"),
    "emergency/<uuid:id>/judge": Row(Verb.JUDGE_EMERGENCY, POST, "emergency"),
    "productions/": Row(Verb.PRODUCE),
    "productions/new": Row(Verb.PRODUCE, BOTH),
    "productions/<uuid:production_id>/": Row(
        Verb.PRODUCE, about="production", sees=Verb.PRODUCE
    ),
    "productions/<uuid:production_id>/cancel": Row(
        Verb.PRODUCE, POST, "production", sees=Verb.PRODUCE
    ),
    "productions/<uuid:production_id>/again": Row(
        Verb.PRODUCE, POST, "production", sees=Verb.PRODUCE
    ),
    "productions/volumes/<uuid:volume_id>/file": Row(
        Verb.PRODUCE, about="volume", sees=Verb.PRODUCE
    ),
    "certificates/": Row(Verb.CERTIFY),
    "certificates/new": Row(Verb.CERTIFY, BOTH),
    "certificates/<uuid:certificate_id>/": Row(Verb.CERTIFY, about="certificate"),
    "certificates/<uuid:certificate_id>/certificate.json": Row(
        Verb.CERTIFY, about="certificate"
    ),
    "certificates/<uuid:certificate_id>/certificate.pdf": Row(
        Verb.CERTIFY, about="certificate"
    ),
    "api/v1/requests": Row(Verb.FILE_REQUEST, POST, sent={"kind": "access"}),
    "api/v1/requests/<uuid:pk>": Row(Verb.FILE_REQUEST, about=MISSING),
    "requests/": Row(Verb.HANDLE_REQUEST),
    "requests/new": Row(Verb.HANDLE_REQUEST, BOTH),
    "requests/log": Row(Verb.HANDLE_REQUEST, POST),
    "requests/external/": Row(Verb.HANDLE_REQUEST),
    "requests/external/new": Row(Verb.HANDLE_REQUEST, BOTH),
    "requests/external/<uuid:custodian_id>/": Row(
        Verb.HANDLE_REQUEST, BOTH, "external custodian"
    ),
    "requests/external/<uuid:custodian_id>/end": Row(
        Verb.HANDLE_REQUEST, POST, "external custodian"
    ),
    "requests/processing/": Row(Verb.HANDLE_REQUEST),
    "requests/processing/file": Row(Verb.HANDLE_REQUEST, POST, sent={"format": "json"}),
    "requests/<uuid:request_id>/": Row(Verb.HANDLE_REQUEST, about="request"),
    "requests/<uuid:request_id>/plan/": Row(Verb.HANDLE_REQUEST, about="request"),
    **{
        f"requests/<uuid:request_id>/plan/{name}": Row(verb, POST, "planned request")
        for name, verb in (
            ("make", Verb.HANDLE_REQUEST),
            ("treat", Verb.HANDLE_REQUEST),
            ("reword", Verb.HANDLE_REQUEST),
            ("reopen", Verb.HANDLE_REQUEST),
            ("freeze", Verb.ERASE_SUBJECT),
            ("drop", Verb.HANDLE_REQUEST),
            ("certify", Verb.CERTIFY),
        )
    },
    "requests/<uuid:request_id>/act": Row(
        Verb.HANDLE_REQUEST, POST, "request", sent={"act": "resume"}
    ),
    "requests/<uuid:request_id>/copy/": Row(Verb.HANDLE_REQUEST, about="request"),
    "requests/<uuid:request_id>/copy/act": Row(
        Verb.HANDLE_REQUEST, POST, "request", sent={"act": "make"}
    ),
    "requests/<uuid:request_id>/copy/passphrase": Row(
        Verb.HANDLE_REQUEST, POST, MISSING
    ),
    "requests/<uuid:request_id>/copy/file": Row(Verb.HANDLE_REQUEST, about=MISSING),
    "requests/<uuid:request_id>/copy/<uuid:part_id>/": Row(
        Verb.HANDLE_REQUEST, BOTH, MISSING
    ),
    "holds/": Row(Verb.VIEW_HOLD),
    "holds/new": Row(Verb.PLACE_HOLD, BOTH),
    "holds/<uuid:hold_id>/": Row(Verb.VIEW_HOLD, about="hold"),
    "holds/<uuid:hold_id>/release": Row(Verb.RELEASE_HOLD, POST, "hold"),
    "live/": Row(Verb.SEE_ALERTS),
    "spills/": Row(Verb.QUARANTINE),
    "spills/<uuid:id>/": Row(Verb.QUARANTINE, about="spill"),
    "spills/<uuid:id>/destroy": Row(Verb.QUARANTINE, POST, "spill"),
    "spills/<uuid:id>/seal": Row(Verb.QUARANTINE, POST, "spill"),
    "spills/<uuid:id>/hear": Row(Verb.QUARANTINE, POST, "spill"),
    "controls/<uuid:id>/review": Row(Verb.QUARANTINE, POST, "control"),
    "controls/<uuid:id>/close": Row(Verb.QUARANTINE, POST, "control"),
    "store/": Row(Verb.TAKE_INVENTORY),
    "store/begin": Row(Verb.TAKE_INVENTORY, POST),
    "store/differences.csv": Row(Verb.TAKE_INVENTORY),
    "store/space/": Row(Verb.TAKE_INVENTORY),
    "store/<uuid:id>/": Row(Verb.TAKE_INVENTORY, about="discrepancy"),
    "store/<uuid:id>/decide": Row(Verb.QUARANTINE, POST, "discrepancy"),
    "runbook/": Row(Verb.SEE_ALERTS),
    "lists/": Row(Verb.EDIT_LIST),
    "lists/<slug:key>/": Row(Verb.EDIT_LIST),
    "lists/<slug:key>/add": Row(Verb.EDIT_LIST, POST),
    "lists/<slug:key>/find": Row(Verb.SEARCH_PERSON, POST),
    "lists/<slug:key>/<uuid:id>/end": Row(Verb.EDIT_LIST, POST, "list entry"),
    "trail/": Row(SIGNED_IN),
    "trail/file": Row(SIGNED_IN),
    "subjects/": Row(Verb.SEARCH_PERSON),
    "subjects/find": Row(Verb.SEARCH_PERSON, POST),
    "subjects/<uuid:search_id>/": Row(Verb.SEARCH_PERSON, about=MISSING),
    "subjects/<uuid:search_id>/names": Row(Verb.SEARCH_PERSON, POST, MISSING),
    "subjects/<uuid:search_id>/pdf": Row(Verb.SEARCH_PERSON, about=MISSING),
    "recordings/<uuid:id>/listen": Row(
        Verb.VIEW, POST, "part", Verb.LISTEN, sent={"purpose": "quality"}
    ),
    "recordings/<uuid:id>/archive": Row(Verb.VIEW, POST, "part", Verb.LISTEN),
    "recordings/<uuid:id>/download": Row(Verb.VIEW, BOTH, "part", Verb.DOWNLOAD),
    "recordings/<uuid:id>/download/wav": Row(Verb.VIEW, GET, "part", Verb.DOWNLOAD),
    "recordings/<uuid:id>/quarantine": Row(Verb.VIEW, BOTH, "part", Verb.QUARANTINE),
    "recordings/<uuid:id>/back": Row(Verb.VIEW, POST, "part", Verb.STOP_DELETION),
    "recordings/<uuid:id>/misplaced": Row(
        Verb.VIEW, POST, "part", Verb.LISTEN, sent={"what": "card"}
    ),
    "recordings/<uuid:id>/heard-by": Row(
        Verb.VIEW, POST, "part", Verb.WHO_HEARD, sent={"reason": "A complaint"}
    ),
    "listens/<uuid:id>/renew": Row(Verb.VIEW, POST, "somebody's listen"),
    "listens/<uuid:id>/heard": Row(
        Verb.VIEW,
        POST,
        "somebody's listen",
        sent={"ranges": [[0, 1_000]], "speed": "1", "position_ms": 1_000},
        is_json=True,
    ),
    "api/v1/calls": Row(Verb.VIEW),
    "api/v1/calls/<uuid:pk>": Row(Verb.VIEW, about="call"),
    "api/v1/calls/<uuid:pk>/labels": Row(Verb.EDIT_LABEL, frozenset({"PUT"}), "call"),
    "api/v1/calls/<uuid:pk>/events": Row(Verb.TELL_EVENT, POST, "call"),
    "api/v1/calls/events": Row(Verb.TELL_EVENT, POST),
    "api/v1/parties": Row(Verb.VIEW),
    "api/v1/parties/<uuid:pk>": Row(Verb.VIEW, about="party"),
    "api/v1/recordings": Row(Verb.VIEW),
    "api/v1/recordings/<uuid:pk>": Row(Verb.VIEW, about="part"),
    "api/v1/consents": Row(Verb.VIEW),
    "api/v1/number-lists": Row(Verb.EDIT_NUMBER_LIST),
    "api/v1/number-lists/<uuid:pk>/members": Row(
        Verb.EDIT_NUMBER_LIST, POST, "list of numbers"
    ),
    "api/v1/standing-consents": Row(Verb.KEEP_CONSENT, POST),
    "api/v1/standing-consents/<uuid:pk>/withdraw": Row(
        Verb.KEEP_CONSENT, POST, "standing consent"
    ),
    f"{_ROOM}/consent-plan": Row(Verb.READ_PLAN, about="call"),
    f"{_ROOM}/consents": Row(Verb.REPORT_CONSENT, BOTH, "call"),
    f"{_ROOM}/declaration": Row(Verb.REPORT_CONSENT, POST),
    f"{_ROOM}/recording-state": Row(Verb.READ_PLAN, about="call"),
    f"{_ROOM}/pause": Row(Verb.PAUSE, POST, "call"),
    f"{_ROOM}/resume": Row(Verb.PAUSE, POST, "call"),
}
OTHER_METHODS: Mapping[tuple[str, str], Verb] = {
    ("api/v1/parties/<uuid:pk>", "PATCH"): Verb.REPORT_CONSENT
}
"""Where another method of a route takes another verb."""
