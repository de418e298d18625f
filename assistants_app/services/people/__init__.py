"""People: who acts, who is a member, what they did, and their accounts and sessions."""
