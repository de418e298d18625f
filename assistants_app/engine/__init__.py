"""Carries out runs: from the claim to the terminal event. Reads like the vendor's description."""
