"""Tests of the sandbox: what works inside it, what it refuses, and what it ends."""
