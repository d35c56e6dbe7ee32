"""What the end-to-end tests share: a running bundle, receivers that stand for Slack and PagerDuty, payloads."""
