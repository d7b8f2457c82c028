"""Nuncio, measured beside NSD, Knot DNS and a bare echo loop."""
