"""Questions and answers as texts that anyone can read."""
