"""Whether somebody is there to be the second person is told by doctor and by check."""

from django.utils import timezone

from compliance import approvals, tasks
from compliance.access.roles import Role
from compliance.models import Approval
from portal.checks import warn_of_missing_approvers
from recordings.doctor import approvals as doctor
from recordings.finding import Level
from tests.cast import Cast
from tests.factories.second_person import asked, second
from tests.unit.recordings.doctor.looking import only, told


def test_where_two_are_missing_it_is_a_warning(cast: Cast) -> None:
    lines = told(doctor.findings(), Level.WARN)
    assert "fewer than two people can approve: role" in lines
    assert "fewer than two people can approve: held_deletion (2 teams)" in lines
    assert {
        str(one.id) for one in warn_of_missing_approvers(databases=["default"])
    } == {"earwitness.W003"}
    assert warn_of_missing_approvers() == []


def test_with_two_of_each_all_is_well(cast: Cast) -> None:
    second(Role.ADMINISTRATOR)
    second(Role.OFFICER)
    assert only(doctor.findings()).level is Level.OK
    assert warn_of_missing_approvers(databases=["default"]) == []


def test_the_beat_ends_what_nobody_decided(cast: Cast) -> None:
    second(Role.ADMINISTRATOR)
    approval = asked(cast, now=timezone.now() - approvals.LIFE)
    tasks.expire_approvals()
    approval.refresh_from_db()
    assert approval.state == Approval.State.EXPIRED
