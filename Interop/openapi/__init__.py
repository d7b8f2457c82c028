"""Both HTTP APIs, compared with their descriptions."""
