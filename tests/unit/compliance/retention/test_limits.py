"""How long the rules of places let recordings be kept at most."""

from uuid import uuid4

import pytest

from compliance.models import Purpose
from compliance.retention import limits
from tests.factories.compliance import ConsentRuleFactory

pytestmark = pytest.mark.django_db
QUALITY, TRAINING = Purpose.QUALITY, Purpose.STAFF_TRAINING


def test_the_shortest_limit_of_the_purposes_counts() -> None:
    france = ConsentRuleFactory.create(
        place="FR-X", max_keep_days={"quality": 180, "staff_training": 90}
    )
    belgium = ConsentRuleFactory.create(place="BE-X", max_keep_days={"quality": 30})
    ids = {france.pk, belgium.pk}

    both = limits.strictest(rule_ids=ids, purposes=[QUALITY, TRAINING])
    assert both == limits.Limit(30, QUALITY, belgium)
    training = limits.strictest(rule_ids=ids, purposes=[TRAINING])
    assert training == limits.Limit(90, TRAINING, france)


def test_a_rule_that_was_not_asked_limits_nothing() -> None:
    ConsentRuleFactory.create(place="BE-X", max_keep_days={"quality": 30})
    without = ConsentRuleFactory.create(place="DE-X")

    assert limits.strictest(rule_ids={without.pk}, purposes=[QUALITY]) is None
    assert limits.strictest(rule_ids={uuid4()}, purposes=[QUALITY]) is None
    assert limits.strictest(rule_ids=set(), purposes=[QUALITY]) is None


def test_a_purpose_without_a_limit_has_none() -> None:
    rule = ConsentRuleFactory.create(place="BE-X", max_keep_days={"quality": 30})

    found = limits.strictest(rule_ids={rule.pk}, purposes=[Purpose.EVIDENCE])
    assert found is None
