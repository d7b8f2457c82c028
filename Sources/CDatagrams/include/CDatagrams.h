// UDP in batches: recvmmsg and sendmmsg with buffers that are made once. What Swift cannot express without building sockaddr
// and control messages by hand is here, and nothing else.
#ifndef CDATAGRAMS_H
#define CDATAGRAMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Opens a UDP socket on a numeric address. With share_port, several sockets may have the same address and the kernel spreads
// senders over them. Returns the descriptor, or a negative error number; *port is set to the port that was bound.
int datagrams_open(const char *address, uint16_t *port, bool share_port);

// A descriptor that datagrams_wake makes readable for good. Negative if there is none to be had.
int datagrams_wake_open(void);
void datagrams_wake(int wake);

struct datagrams;

// Room for so many datagrams at a time: incoming ones are cut off at receive_size octets, outgoing ones are at most send_size.
// Returns NULL if there is no memory.
struct datagrams *datagrams_create(unsigned count, size_t receive_size, size_t send_size);
void datagrams_destroy(struct datagrams *datagrams);

// Takes what has come, waiting for it if nothing has. Returns how many datagrams were taken; 0 when the descriptor wake has
// become readable and nothing is left; a negative error number otherwise.
int datagrams_receive(struct datagrams *datagrams, int socket, int wake);

const uint8_t *datagrams_payload(const struct datagrams *datagrams, int index);
size_t datagrams_length(const struct datagrams *datagrams, int index);

// The sender's address as a number; an IPv4 address is all in *low. Returns whether it is an IPv6 address.
bool datagrams_sender(const struct datagrams *datagrams, int index, uint64_t *high, uint64_t *low);

// Puts a response to the sender of a received datagram in line, from the address to which it was sent.
void datagrams_respond(struct datagrams *datagrams, int index, const uint8_t *octets, size_t length);

// Sends the responses in line. Those that the kernel does not take are lost, as UDP may lose them. Returns how many were taken.
int datagrams_send(struct datagrams *datagrams, int socket);

#endif
