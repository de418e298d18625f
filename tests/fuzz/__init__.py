"""Made-up requests to every entry of the web process: none may get a 5xx or take long.

Each run makes the same requests. ``FUZZ_EXAMPLES`` makes more of them for each entry (10 by
default), and ``FUZZ_SEED`` others.
"""
