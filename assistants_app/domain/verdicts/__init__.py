"""Which of two variants of an experiment is better, and how sure that is (docs/experiments.md).

Everything is paired by row: a row's scores under both variants are averaged over its repeats, and
the differences of all rows give one interval. Nothing here draws random numbers, so the same scores
always get the same verdict.
"""
