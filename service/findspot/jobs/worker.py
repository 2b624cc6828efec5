"""The worker: one thread that takes queued audits, oldest first, while its process holds the home's lock."""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING

from findspot.errors import FindspotError
from findspot.jobs.lock import HomeLock
from findspot.jobs.work import Job, Workplace
from findspot.store import audits

if TYPE_CHECKING:
    from pathlib import Path

    from findspot.store import Blobs, Database

log = logging.getLogger("findspot.jobs")

#: Seconds between two looks at the queue when nobody wakes the worker: another process may have put an audit there.
IDLE = 1.0


class Worker:
    """Runs audits in the background of one process.

    Several processes may serve one home; the one that got the lock works, the others try again, so that one of them
    takes over when it ends.
    """

    def __init__(self, home: Path, database: Database, blobs: Blobs) -> None:
        self._database = database
        self._stopping = threading.Event()
        self._wake = threading.Event()
        self._place = Workplace(home, database, blobs, self._stopping)
        self._lock = HomeLock(home / "worker.lock")
        # A daemon: an audit that does not come to its next batch in time must not keep the process from ending. Its
        # row is then found by the next start, and its lease keeps it from writing.
        self._thread = threading.Thread(target=self._run, name="findspot-worker", daemon=True)

    def start(self) -> None:
        """Begin to work."""
        self._thread.start()

    def wake(self) -> None:
        """Say that something new waits."""
        self._wake.set()

    def stop(self, timeout: float = 10.0) -> bool:
        """Ask the thread to put its audit back and end; true when it has ended within ``timeout`` seconds."""
        self._stopping.set()
        self._wake.set()
        self._thread.join(timeout)
        return not self._thread.is_alive()

    def _run(self) -> None:
        try:
            while not self._stopping.is_set():
                self._wake.clear()  # before looking: what arrives while we look wakes us again
                if not self._step():
                    self._wake.wait(IDLE)
        finally:
            self._lock.release()

    def _step(self) -> bool:
        """Run one audit if there is one; the worker outlives whatever goes wrong with the database."""
        try:
            return self._lock_and_recover() and self._work()
        except FindspotError as error:
            log.error("the worker cannot work: %s", error.message)  # noqa: TRY400 (the message says it all)
        except Exception:
            log.exception("the worker met an error")
        # What became of the audit at hand could not be recorded: take the lock anew, and recover it with the orphans.
        self._lock.release()
        return False

    def _lock_and_recover(self) -> bool:
        if self._lock.held:
            return True
        if not self._lock.acquire():
            return False
        with self._database.write() as session:
            for row in audits.recover(session):
                log.warning("audit %s was interrupted, it is %s now", row.id, row.status)
        return True

    def _work(self) -> bool:
        with self._database.write() as session:
            row = audits.claim(session)
        if row is None or row.lease is None:
            return False
        Job(self._place, row, row.lease).run()
        return True
