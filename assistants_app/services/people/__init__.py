"""People: who acts, who is a member, and what they did."""
