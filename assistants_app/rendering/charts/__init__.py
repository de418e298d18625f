"""Figures of experiments as SVG that stretches to its column, with everything in words as well."""
