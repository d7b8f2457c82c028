"""Master files and records as Nuncio, BIND, NSD, Knot and dnspython read them."""
