"""What canaries and judges ask, over HTTP: models, applications and searches; one file for each kind."""
