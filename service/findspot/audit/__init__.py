"""The audit: detectors, evidence, attribution, policy, report."""

from findspot.audit.engine import plan_audit, run_audit
from findspot.audit.model import Finding, Level, Outcome, Plan, Report, Tier
from findspot.audit.policy import FAIL_ON, Policy, make_policy
from findspot.audit.rates import ErrorRates, read_rates

__all__ = [
    "FAIL_ON",
    "ErrorRates",
    "Finding",
    "Level",
    "Outcome",
    "Plan",
    "Policy",
    "Report",
    "Tier",
    "make_policy",
    "plan_audit",
    "read_rates",
    "run_audit",
]
