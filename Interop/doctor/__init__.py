"""Domains that are broken in one way each, and sound ones: what `nuncio doctor` says of each."""
