"""Contracts: whether a run did what it should. Pure; the exporter asks of new runs, the operator of past ones."""
