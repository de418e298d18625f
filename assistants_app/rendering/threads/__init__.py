"""Threads as HTML: messages, replies, and the live page."""
