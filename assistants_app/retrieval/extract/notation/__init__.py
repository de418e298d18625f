"""What documents show without letters: raised digits, formulas, list numbers and symbols."""
