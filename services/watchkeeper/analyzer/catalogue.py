"""Every job of the analyzer, one line each."""

from watchkeeper.analyzer.jobs.canaries import canary_jobs
from watchkeeper.analyzer.jobs.drift import drift
from watchkeeper.analyzer.jobs.ended_alerts import ended_alerts
from watchkeeper.analyzer.jobs.explanations import explanations
from watchkeeper.analyzer.jobs.forward_audits import forward_audit_jobs
from watchkeeper.analyzer.jobs.judges import judge_jobs
from watchkeeper.analyzer.jobs.langfuse import langfuse_jobs
from watchkeeper.analyzer.jobs.provider_bills import provider_bill_jobs
from watchkeeper.analyzer.jobs.rules_in_force import rules_in_force
from watchkeeper.analyzer.parts import Parts
from watchkeeper.analyzer.schedule.job import Job


def all_jobs(parts: Parts) -> tuple[Job, ...]:
    """Return the jobs; their names are the values of the label job_name."""
    always = (rules_in_force(parts), ended_alerts(parts), drift(parts), explanations(parts))
    models = (*canary_jobs(parts), *judge_jobs(parts))
    return (*always, *models, *langfuse_jobs(parts), *provider_bill_jobs(parts), *forward_audit_jobs(parts))
