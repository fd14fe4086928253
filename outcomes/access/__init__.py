"""Who may do what, what they may see, and by which secrets they are recognised."""
