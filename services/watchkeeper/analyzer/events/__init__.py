"""How what canaries and judges found reaches the exporter: as native events, like those of any application."""
