// What Swift cannot do with sockets without building sockaddr and control messages by hand, and nothing else.
#ifndef CSOCKETS_H
#define CSOCKETS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Opens a socket on a numeric address: one for UDP, or one for TCP that does not block and does not listen yet. With share_port, several
// sockets may have the same address, and the kernel spreads clients over them. Returns the descriptor, or a negative error number; *port is
// set to the port that was bound.
int datagrams_open(const char *address, uint16_t *port, bool share_port);
int streams_open(const char *address, uint16_t *port, bool share_port);

// What a socket is that another process has made: UDP or TCP on an address, which is a number, an IPv4 address all in low.
struct socket_description {
    bool is_stream;
    bool listens;
    bool is_v6;
    bool only_v6;
    uint64_t high;
    uint64_t low;
    uint16_t port;
};

// Describes a descriptor, and keeps it from programs that this process starts. Returns 0, or a negative error number: -EBADF if it is not
// open, -ENOTSOCK if it is not a socket, -EAFNOSUPPORT if it is another kind of socket.
int socket_describe(int descriptor, struct socket_description *description);

// Sets the options that datagrams_open and streams_open set, apart from those that a bound socket cannot change and the sizes of its buffers.
// Returns 0 or a negative error number.
int datagrams_adopt(int descriptor);
int streams_adopt(int descriptor);

// Another descriptor of the same socket, or a negative error number.
int socket_duplicate(int descriptor);

// A descriptor that wake makes readable for good; negative if none is available.
int wake_open(void);
void wake(int descriptor);

// Accepts a waiting connection, which does not block. Returns its descriptor, or a negative error number. The client's address is a number,
// an IPv4 address all in *low.
int streams_accept(int listener, bool *is_v6, uint64_t *high, uint64_t *low);

// An epoll instance and what it watches. A place is a number that stands for a descriptor; each watch_wait reports it as long as the
// descriptor is ready. watch_add and watch_change return whether they succeeded; watch_wait returns the number of places reported.
int watch_open(void);
bool watch_add(int watch, int descriptor, bool for_writing, uint64_t place);
bool watch_change(int watch, int descriptor, bool for_writing, uint64_t place);
int watch_wait(int watch, uint64_t *places, int maximum, int milliseconds);

// Sends a text as one datagram to a Unix socket: at a path, or, after “@”, with a name in the abstract namespace. It does not wait for room at
// the receiver. Returns 0 or a negative error number: -EAGAIN if the receiver has no room now.
int unix_datagram_send(const char *address, const char *text);

// UDP in batches: recvmmsg and sendmmsg with buffers that are made once.
struct datagrams;

// Makes room for a number of datagrams at a time: incoming ones are cut off at receive_size octets, outgoing ones are at most send_size.
// Returns NULL if there is no memory.
struct datagrams *datagrams_create(unsigned count, size_t receive_size, size_t send_size);
void datagrams_destroy(struct datagrams *datagrams);

// Receives datagrams, waiting if there are none. Returns their number; 0 once wake is readable and nothing is left; a negative error number
// otherwise.
int datagrams_receive(struct datagrams *datagrams, int socket, int wake);

const uint8_t *datagrams_payload(const struct datagrams *datagrams, int index);
size_t datagrams_length(const struct datagrams *datagrams, int index);

// Stores the sender's address as a number, an IPv4 address all in *low. Returns whether it is an IPv6 address.
bool datagrams_sender(const struct datagrams *datagrams, int index, uint64_t *high, uint64_t *low);

// Queues a response to the sender of a received datagram, from the address to which it was sent.
void datagrams_respond(struct datagrams *datagrams, int index, const uint8_t *octets, size_t length);

// Sends the queued responses. Those that the kernel does not take are lost, as UDP may lose them. Returns the number taken.
int datagrams_send(struct datagrams *datagrams, int socket);

#endif
