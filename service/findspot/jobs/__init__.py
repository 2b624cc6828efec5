"""Background work: audits taken from the queue, one at a time, surviving a killed process."""

from __future__ import annotations

from findspot.jobs.lock import HomeLock
from findspot.jobs.work import Job, Workplace
from findspot.jobs.worker import Worker

__all__ = ["HomeLock", "Job", "Worker", "Workplace"]
