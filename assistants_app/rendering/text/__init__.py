"""Text as HTML: markdown, math, citations, differences and previews."""
