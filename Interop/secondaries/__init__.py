"""BIND, NSD and Knot as secondaries of Nuncio."""
