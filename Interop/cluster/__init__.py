"""Nodes of Nuncio that share a PostgreSQL database, while everything around them fails."""
