"""Tests of people: who acts, and who is a member."""
