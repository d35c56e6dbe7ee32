"""Every metric as data, the admission of label values, and the store and text that Prometheus scrapes."""
