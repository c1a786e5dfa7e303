"""How much the portal costs, as ratios to the least that could show the same page (`docs/performance.md`).

`python -m benchmarks --profile smoke|full --db sqlite|postgresql`
"""
