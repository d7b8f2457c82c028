#ifndef ADDRESSES_H
#define ADDRESSES_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

// Stores an address as a number, an IPv4 address all in *low. Returns whether it is an IPv6 address.
bool address_numbers(const struct sockaddr_storage *address, uint64_t *high, uint64_t *low);

#endif
