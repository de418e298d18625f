"""McNemar's exact test, for readers who want a p-value beside the interval."""


def exact_p(better: int, worse: int) -> float:
    """Return the two-sided p-value of rows that got better and worse, if both were as likely."""
    rows = better + worse
    term = tail = 1
    for at in range(min(better, worse)):
        term = term * (rows - at) // (at + 1)
        tail += term
    return min(2 * tail / 2**rows, 1.0)
