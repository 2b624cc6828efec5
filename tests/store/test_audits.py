"""Audits as rows: one per question, in order, fenced, and never succeeded without a report."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, initialize, invariant, rule
from sqlmodel import select

from findspot.errors import NotFoundError
from findspot.store import AuditRow, ConflictError, Database, ManifestRow, Status, StoreError, audits
from findspot.store.audits import Answer, Question

RELEASES = (
    {"collection": "a", "release": "1", "digest": "sha256:aa"},
    {"collection": "b", "release": "2", "digest": "sha256:bb"},
)
ANSWER = Answer(report="sha256:" + "0" * 64, outcome="fail", reasons=["one work is found"], findings=1)


def question(manifest: str, **policy: Any) -> Question:
    return Question(manifest, RELEASES, policy, "1")


def ask(database: Database, asked: Question) -> tuple[AuditRow, bool]:
    with database.write() as session:
        return audits.ask(session, asked)


def claim(database: Database) -> AuditRow | None:
    with database.write() as session:
        return audits.claim(session)


def claimed(database: Database) -> tuple[str, str]:
    row = claim(database)
    assert row is not None
    assert row.lease is not None
    return row.id, row.lease


def look(database: Database, audit_id: str) -> AuditRow:
    with database.read() as session:
        return audits.find_audit(session, audit_id)


def test_the_same_question_is_one_audit_whatever_the_order_of_releases(database: Database, manifest: str) -> None:
    first, fresh = ask(database, question(manifest))
    assert fresh
    again, fresh = ask(database, Question(manifest, RELEASES[::-1], {}, "1"))
    assert (again.id, fresh) == (first.id, False)


@pytest.mark.parametrize("change", ["policy", "program", "releases"])
def test_another_question_is_another_audit(database: Database, manifest: str, change: str) -> None:
    other = {
        "policy": Question(manifest, RELEASES, {"max_works": 1}, "1"),
        "program": Question(manifest, RELEASES, {}, "2"),
        "releases": Question(manifest, RELEASES[:1], {}, "1"),
    }[change]
    assert ask(database, question(manifest))[0].id != ask(database, other)[0].id


def test_a_failed_audit_is_asked_anew_a_succeeded_one_is_not(database: Database, manifest: str) -> None:
    first, _ = ask(database, question(manifest))
    with database.write() as session:
        assert audits.fail(session, *claimed_in(session), {"kind": "x", "detail": "y", "advice": ""})
    second, fresh = ask(database, question(manifest))
    assert fresh
    assert second.id != first.id
    with database.write() as session:
        assert audits.succeed(session, *claimed_in(session), ANSWER)
    third, fresh = ask(database, question(manifest))
    assert (third.id, fresh) == (second.id, False)


def claimed_in(session: Any) -> tuple[str, str]:
    row = audits.claim(session)
    assert row is not None
    assert row.lease is not None
    session.flush()
    return row.id, row.lease


def test_the_queue_is_first_come_first_served(database: Database, manifest: str) -> None:
    ids = [ask(database, question(manifest, max_works=n))[0].id for n in range(3)]
    assert [claimed(database)[0] for _ in ids] == ids
    assert claim(database) is None


def test_success_sets_status_and_report_together(database: Database, manifest: str) -> None:
    ask(database, question(manifest))
    audit_id, lease = claimed(database)
    with database.write() as session:
        assert audits.succeed(session, audit_id, lease, ANSWER)
    row = look(database, audit_id)
    assert (row.status, row.report, row.outcome, row.reasons, row.findings) == (
        "succeeded",
        ANSWER.report,
        "fail",
        ["one work is found"],
        1,
    )
    assert row.finished is not None
    assert row.finished.tzinfo is not None


def test_a_worker_that_lost_its_audit_cannot_write_to_it(database: Database, manifest: str) -> None:
    ask(database, question(manifest))
    audit_id, lost = claimed(database)
    with database.write() as session:
        audits.recover(session)
    assert claimed(database)[0] == audit_id
    with database.write() as session:
        assert not audits.succeed(session, audit_id, lost, ANSWER)
        assert not audits.fail(session, audit_id, lost, {"kind": "x", "detail": "y", "advice": ""})
        assert not audits.enter_stage(session, audit_id, lost, "audit")
        audits.release(session, audit_id, lost)
    row = look(database, audit_id)
    assert (row.status, row.report, row.stage) == ("running", None, "starting")


def test_killed_three_times_is_given_up_with_the_reason(database: Database, manifest: str) -> None:
    audit_id = ask(database, question(manifest))[0].id
    for _ in range(3):
        claimed(database)
        with database.write() as session:
            audits.recover(session)
    row = look(database, audit_id)
    assert row.status == "failed"
    assert row.error is not None
    assert "3 times" in row.error["detail"]
    assert row.error["stage"] == "starting"


def test_an_orderly_stop_costs_no_attempt(database: Database, manifest: str) -> None:
    audit_id = ask(database, question(manifest))[0].id
    for _ in range(5):
        _, lease = claimed(database)
        with database.write() as session:
            audits.release(session, audit_id, lease)
    row = look(database, audit_id)
    assert (row.status, row.attempt) == ("queued", 0)


def test_cancelling(database: Database, manifest: str) -> None:
    queued = ask(database, question(manifest, max_works=1))[0].id
    with database.write() as session:
        audits.cancel(session, queued)
    assert look(database, queued).status == "cancelled"
    with database.write() as session:
        audits.cancel(session, queued)  # again: no error

    running = ask(database, question(manifest))[0].id
    _, lease = claimed(database)
    with database.write() as session:
        audits.cancel(session, running)
    assert look(database, running).status == "running"
    with pytest.raises(ConflictError, match="being cancelled"):
        ask(database, question(manifest))
    with database.write() as session:
        assert not audits.wanted(session, running, lease)
        audits.release(session, running, lease)
    assert look(database, running).status == "cancelled"

    done = ask(database, question(manifest, max_works=2))[0].id
    _, lease = claimed(database)
    with database.write() as session:
        audits.succeed(session, done, lease, ANSWER)
    with pytest.raises(ConflictError, match="succeeded"), database.write() as session:
        audits.cancel(session, done)


def test_pages_are_newest_first_and_complete(database: Database, manifest: str) -> None:
    ids = [ask(database, question(manifest, max_works=n))[0].id for n in range(7)]
    seen: list[str] = []
    before = None
    while True:
        with database.read() as session:
            page = audits.page_of_audits(session, 3, before, None)
        if not page:
            break
        seen += [row.id for row in page]
        before = page[-1].seq
    assert seen == ids[::-1]


def test_an_audit_of_no_manifest_and_an_unknown_audit(database: Database) -> None:
    with pytest.raises(StoreError):
        ask(database, question("sha256:" + "1" * 64))
    with pytest.raises(NotFoundError, match="nope"):
        look(database, "nope")


class Lives(RuleBasedStateMachine):
    """Whatever clients, workers and crashes do, in whatever order, the rows tell the truth."""

    leases = Bundle("leases")

    @initialize()
    def start(self) -> None:
        self.database = Database("sqlite://")
        self.database.create()
        with self.database.write() as session:
            names = {"digest": "sha256:m", "name": "m", "scheme": "s", "subject_digest": ""}
            counts = dict.fromkeys(("scaled", "records", "tokens", "bytes", "size"), 1)
            session.add(ManifestRow.model_validate(names | counts))
        self.asked: set[str] = set()
        self.answered: set[str] = set()

    @rule(n=st.integers(0, 2))
    def client_asks(self, n: int) -> None:
        with self.database.write() as session:
            try:
                row, fresh = audits.ask(session, question("sha256:m", max_works=n))
            except ConflictError:
                return
            assert fresh == (row.id not in self.asked)
            assert fresh or row.status in ("queued", "running", "succeeded")
            self.asked.add(row.id)

    @rule(pick=st.integers(0, 100))
    def client_cancels(self, pick: int) -> None:
        with self.database.write() as session:
            rows = session.exec(select(AuditRow)).all()
            if rows:
                row = rows[pick % len(rows)]
                try:
                    audits.cancel(session, row.id)
                except ConflictError:
                    assert row.status in ("succeeded", "failed")

    @rule(target=leases)
    def worker_claims(self) -> tuple[str, str] | None:
        row = claim(self.database)
        return (row.id, row.lease or "") if row else None

    @rule(lease=consumes(leases))
    def worker_succeeds(self, lease: tuple[str, str] | None) -> None:
        if lease:
            with self.database.write() as session:
                if audits.succeed(session, *lease, ANSWER):
                    self.answered.add(lease[0])

    @rule(lease=leases)
    def worker_fails(self, lease: tuple[str, str] | None) -> None:
        if lease:
            with self.database.write() as session:
                audits.fail(session, *lease, {"kind": "k", "detail": "d", "advice": ""})

    @rule(lease=leases)
    def worker_stops(self, lease: tuple[str, str] | None) -> None:
        if lease:
            with self.database.write() as session:
                audits.release(session, *lease)

    @rule()
    def process_is_killed(self) -> None:
        with self.database.write() as session:
            audits.recover(session)

    @invariant()
    def rows_tell_the_truth(self) -> None:
        if not hasattr(self, "database"):
            return
        with self.database.read() as session:
            rows = session.exec(select(AuditRow)).all()
        live = [row.question for row in rows if row.status in ("queued", "running", "succeeded")]
        assert len(live) == len(set(live)), "two audits of one question are alive"
        for row in rows:
            assert (row.status == "succeeded") == (row.report is not None)
            assert (row.status == "succeeded") == (row.id in self.answered)
            assert (row.status == "failed") == (row.error is not None)
            assert (row.status == "running") == (row.lease is not None)
            assert Status(row.status).final == (row.finished is not None)
            assert 0 <= row.attempt <= audits.MAX_ATTEMPTS

    def teardown(self) -> None:
        if hasattr(self, "database"):
            self.database.close()


TestLives = Lives.TestCase
TestLives.settings = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
