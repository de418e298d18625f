"""What tokens cost, and what may be spent."""
