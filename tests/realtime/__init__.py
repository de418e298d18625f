"""The live page without a browser: what the viewers of a thread are sent."""
