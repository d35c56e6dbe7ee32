"""What the job of explanations is made of: the alerts with their windows, and the gauges."""
