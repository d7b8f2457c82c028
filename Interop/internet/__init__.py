"""A small internet in a network namespace, in which resolvers and other judges ask one name server."""
