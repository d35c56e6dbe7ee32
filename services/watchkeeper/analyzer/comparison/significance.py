"""How rare chance must be before it is drift."""

# Windows of six hours slide over a month of 200 series: some 100,000 looks, of which none should be wrong by chance
# (bench/drift_measured.py counts them).
ALPHA = 1e-6
