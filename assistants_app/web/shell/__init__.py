"""The playground's main screen and what every page shares: palette, shortcuts, style guide."""
