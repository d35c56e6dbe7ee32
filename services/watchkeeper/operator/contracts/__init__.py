"""Contracts from the past: proposed from runs that went well, and held against runs before they watch new ones."""
