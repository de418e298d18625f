"""Workbooks as their readers see them: cells in their number formats."""
