"""Ferret's questions about the look-up, and the answers of four name servers."""
