"""Which alerts ended while Alertmanager was away, so that those who were notified of them hear it."""
