"""Administration: accounts and invitations."""
