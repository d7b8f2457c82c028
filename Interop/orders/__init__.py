"""Nuncio as it orders its own certificate: killed at each step, and with accounts that end or must be bound."""
