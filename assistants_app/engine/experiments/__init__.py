"""Carry experiments out: start cells, follow their runs, grade replies, and keep to budgets."""
