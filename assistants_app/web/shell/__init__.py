"""The playground's main screen, and what every page has: palette, shortcuts, style guide."""
