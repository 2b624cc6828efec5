"""The audit: detectors, evidence, attribution, policy, report."""

from findspot.audit.engine import run_audit
from findspot.audit.model import Finding, Level, Outcome, Report, Tier
from findspot.audit.policy import FAIL_ON, Policy, make_policy

__all__ = ["FAIL_ON", "Finding", "Level", "Outcome", "Policy", "Report", "Tier", "make_policy", "run_audit"]
