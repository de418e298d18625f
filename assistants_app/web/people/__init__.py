"""The settings' page of people, and invitations."""
