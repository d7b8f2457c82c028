"""Nuncio beside other programs: clients, resolvers, peers and judges that test it, and peers that it is measured beside.

Run the parts from the root of the repository, for example with `python3 -m Interop.scenarios --help`.
"""
