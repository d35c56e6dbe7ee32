"""The shelf of jobs: one file each, and one line in catalogue.py."""
