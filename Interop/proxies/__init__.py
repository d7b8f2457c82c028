"""Nuncio after Caddy and nginx, with strangers and holders at the same time."""
