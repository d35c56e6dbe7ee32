"""The inbox: notifications as Slack and PagerDuty would get them, shown to whoever has neither yet."""
