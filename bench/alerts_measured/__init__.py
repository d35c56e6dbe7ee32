"""How alerts behave over weeks of traffic: simulated calls, the shipped rules on a real Prometheus, and two tables."""
