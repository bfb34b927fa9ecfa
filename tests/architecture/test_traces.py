"""Whatever may tell of a person is found, erased and told, or it is said why not."""

from typing import Any

import pytest
from django.apps import apps
from django.db.models import FileField, ForeignKey, Model

from compliance import custody
from compliance.audit import registered
from compliance.models import PhoneNumber
from compliance.models.fields import EncryptedTextField
from compliance.requests import traces
from tests.architecture.tree import ROOT

DOC = (ROOT / "docs" / "erasure.md").read_text()

TRACED = {
    "compliance.Ground": "text",
    "compliance.PhoneNumber": "e164",
    "compliance.NumberListMember": "number",
    "compliance.Restriction": "lift_why why",
    "compliance.StandingConsent": "evidence number",
    "recordings.Alert": "cause note risk",
    "recordings.Call": "sip_call_id",
    "recordings.CallLabel": "value",
    "recordings.CompensatingControl": "cause closing done risk",
    "recordings.ConsentRecord": "evidence",
    "recordings.Disclosure": "organisation reason recipient",
    "recordings.Discrepancy": "note",
    "recordings.DoNotRecord": "note number",
    "recordings.EmergencyListen": "remark",
    "recordings.Export": "filters",
    "recordings.Listen": "reason",
    "recordings.LiveKitEvent": "payload",
    "recordings.Party": "identity labels name number sip_call_id",
    "recordings.Production": "basis matter recipient",
    "recordings.Purge": "scope",
    "recordings.Room": "name",
    "recordings.SavedSearch": "filters name",
}
"""By model: every field that a trace of it deals with."""

_STAFF = "staff data: it is about who works here, and follows the law of employment"
_RULE = "a rule of the house, written about no caller"
_REQUEST = "a request's own text: it goes with its request when the log forgets it"
EXCEPTIONS = {
    "compliance.Approval": "a colleague's remark on an act, frozen as proof of who agreed",
    "compliance.ConsentRule": _RULE,
    "compliance.DirectoryAccount": _STAFF,
    "compliance.ExternalCustodian": _RULE,
    "compliance.ExternalTask": _REQUEST,
    "compliance.FormEntry": "a form that nobody confirmed goes after a day",
    "compliance.Hold": "kept for a legal claim, GDPR Art. 17(3)(e): it ends with its hold",
    "compliance.IdentityEvidence": "deleted when its request closes",
    "compliance.NumberList": "what a colleague called a list; its numbers have a trace",
    "compliance.Person": _STAFF,
    "compliance.PersonSession": _STAFF,
    "compliance.RecordingDuty": _RULE,
    "compliance.RecipientNotice": _REQUEST,
    "compliance.RequestLetter": _REQUEST,
    "compliance.RequestNote": _REQUEST,
    "compliance.RequestPlan": _REQUEST,
    "compliance.RequestRestriction": _REQUEST,
    "compliance.RequestSubject": _REQUEST,
    "compliance.RequestTexts": _REQUEST,
    "compliance.RetentionPolicy": "a rule of the house; its versions are proof of what applied",
    "compliance.ReviewLine": _STAFF,
    "compliance.ServiceKey": "what a key of a machine is called",
    "compliance.SiemTarget": "secrets of a receiver of the log",
    "compliance.StaffIdentity": _STAFF,
    "compliance.SweepPause": "why a colleague stopped all deleting",
    "recordings.AccessCopy": "the passphrase of a file: random, blanked when it is sent",
    "recordings.EventSubscription": "address and secrets of a receiver",
    "recordings.Trunk": "the company's own number",
}
"""By model: why nothing of it is looked for when a person asks."""


def _telling(model: type[Model]) -> set[str]:
    """The fields of a model that may tell of a person."""
    classes = registered.classes_of(model)
    names = set(classes.personal) if classes else set()
    for field in model._meta.concrete_fields:
        is_number = isinstance(field, ForeignKey) and field.related_model is PhoneNumber
        if is_number or isinstance(field, (EncryptedTextField, FileField)):
            names.add(field.name)
    return names


MODELS: dict[str, type[Model]] = {
    model._meta.label: model
    for model in apps.get_models(include_auto_created=True)
    if _telling(model)
}
ANSWERED = {model._meta.label for kind in traces.registered() for model in kind.models}


def _in_custody() -> set[str]:
    """Models whose rows are items: their names are kinds that a custodian keeps."""
    kinds = custody.kinds()
    return {
        label
        for label, model in MODELS.items()
        if str(getattr(model, "ITEM", "")) in kinds
    }


@pytest.mark.parametrize("label", sorted(MODELS))
def test_what_may_tell_of_a_person_has_somebody_who_finds_it(label: str) -> None:
    fields = _telling(MODELS[label])

    if label in EXCEPTIONS or label in _in_custody():
        assert label not in TRACED
        return
    assert label in ANSWERED, (
        f"{label} may tell of a person ({', '.join(sorted(fields))}): give it a trace"
        " (recordings/traces, docs/erasure.md), or a reason in EXCEPTIONS."
    )
    assert fields == set(TRACED.get(label, "").split()), (
        f"See that the trace of {label} deals with each of these fields, then write"
        " them into TRACED."
    )


def test_no_exception_and_no_promise_is_left_over() -> None:
    assert set(EXCEPTIONS) | set(TRACED) == set(MODELS)
    assert not set(EXCEPTIONS) & ANSWERED
    assert all(len(reason) > 15 for reason in EXCEPTIONS.values())


def test_no_model_with_a_trace_is_told_in_diffs() -> None:
    """An erasure writes in bulk: a diff would be missed, or name what goes."""
    watched = [
        model._meta.label
        for kind in traces.registered()
        for model in kind.models
        if (classes := registered.classes_of(model)) and classes.diffs
    ]

    assert watched == []


@pytest.mark.parametrize("kind", traces.registered(), ids=lambda kind: kind.kind)
def test_every_kind_has_words_and_a_line_in_the_docs(kind: Any) -> None:
    assert kind.label().strip()
    assert f"\n| `{kind.kind}` |" in DOC, f"docs/erasure.md wants a row for {kind.kind}"


def test_the_docs_know_no_kind_that_is_gone() -> None:
    known = {kind.kind for kind in traces.registered()}
    rows = [line.split("`")[1] for line in DOC.splitlines() if line.startswith("| `")]

    assert set(rows) == known
    assert rows == [kind.kind for kind in traces.registered()]


def test_a_number_goes_after_everything_that_points_at_it() -> None:
    steps = [kind.step for kind in traces.registered()]

    assert steps == sorted(steps)
    assert traces.registered()[-1].kind == "numbers"
