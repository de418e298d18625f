"""Checks of replies: what they are, how they are run, and what they find."""
