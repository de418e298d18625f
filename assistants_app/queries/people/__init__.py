"""Reads of members and invitations."""
