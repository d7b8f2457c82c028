#define _GNU_SOURCE
#include "Addresses.h"
#include "CSockets.h"

#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

// Room for one control message with the local address that a datagram was sent to.
#define CONTROL_SIZE CMSG_SPACE(sizeof(struct in6_pktinfo))

struct datagrams {
    unsigned count;
    size_t receive_size;
    size_t send_size;
    int received;
    unsigned in_line;
    struct mmsghdr *incoming;
    struct mmsghdr *outgoing;
    struct iovec *incoming_buffers;
    struct iovec *outgoing_buffers;
    struct sockaddr_storage *senders;
    uint8_t *controls;
    uint8_t *received_octets;
    uint8_t *sent_octets;
};

// The kernel writes into the headers of what it receives, so they are made again.
static void make_ready(struct datagrams *d, unsigned used) {
    for (unsigned i = 0; i < used; i++) {
        d->incoming[i].msg_hdr = (struct msghdr){
            .msg_name = &d->senders[i],
            .msg_namelen = sizeof d->senders[i],
            .msg_iov = &d->incoming_buffers[i],
            .msg_iovlen = 1,
            .msg_control = d->controls + i * CONTROL_SIZE,
            .msg_controllen = CONTROL_SIZE,
        };
    }
}

struct datagrams *datagrams_create(unsigned count, size_t receive_size, size_t send_size) {
    struct datagrams *d = calloc(1, sizeof *d);
    if (!d) return NULL;
    d->count = count;
    d->receive_size = receive_size;
    d->send_size = send_size;
    d->incoming = calloc(count, sizeof *d->incoming);
    d->outgoing = calloc(count, sizeof *d->outgoing);
    d->incoming_buffers = calloc(count, sizeof *d->incoming_buffers);
    d->outgoing_buffers = calloc(count, sizeof *d->outgoing_buffers);
    d->senders = calloc(count, sizeof *d->senders);
    d->controls = calloc(count, CONTROL_SIZE);
    d->received_octets = calloc(count, receive_size);
    d->sent_octets = calloc(count, send_size);
    if (!d->incoming || !d->outgoing || !d->incoming_buffers || !d->outgoing_buffers || !d->senders || !d->controls ||
        !d->received_octets || !d->sent_octets) {
        datagrams_destroy(d);
        return NULL;
    }
    for (unsigned i = 0; i < count; i++) {
        d->incoming_buffers[i] = (struct iovec){d->received_octets + i * receive_size, receive_size};
        d->outgoing_buffers[i].iov_base = d->sent_octets + i * send_size;
    }
    make_ready(d, count);
    return d;
}

void datagrams_destroy(struct datagrams *d) {
    free(d->incoming);
    free(d->outgoing);
    free(d->incoming_buffers);
    free(d->outgoing_buffers);
    free(d->senders);
    free(d->controls);
    free(d->received_octets);
    free(d->sent_octets);
    free(d);
}

int datagrams_receive(struct datagrams *d, int socket, int wake) {
    make_ready(d, (unsigned)d->received);
    d->received = 0;
    d->in_line = 0;
    for (;;) {
        int received = recvmmsg(socket, d->incoming, d->count, MSG_DONTWAIT, NULL);
        if (received > 0) return d->received = received;
        if (received < 0 && errno != EAGAIN && errno != EINTR) return -errno;

        struct pollfd waited[2] = {{.fd = socket, .events = POLLIN}, {.fd = wake, .events = POLLIN}};
        if (poll(waited, 2, -1) < 0 && errno != EINTR) return -errno;
        if (waited[1].revents && !(waited[0].revents & POLLIN)) return 0;
    }
}

const uint8_t *datagrams_payload(const struct datagrams *d, int index) {
    return d->received_octets + (size_t)index * d->receive_size;
}

size_t datagrams_length(const struct datagrams *d, int index) {
    return d->incoming[index].msg_len;
}

bool datagrams_sender(const struct datagrams *d, int index, uint64_t *high, uint64_t *low) {
    return address_numbers(&d->senders[index], high, low);
}

// Turns "was sent to this address" into an order to send from it.
static void turn_control_around(struct msghdr *message) {
    for (struct cmsghdr *control = CMSG_FIRSTHDR(message); control; control = CMSG_NXTHDR(message, control)) {
        if (control->cmsg_level == IPPROTO_IP && control->cmsg_type == IP_PKTINFO) {
            struct in_pktinfo *info = (struct in_pktinfo *)CMSG_DATA(control);
            info->ipi_ifindex = 0;
        }
    }
}

void datagrams_respond(struct datagrams *d, int index, const uint8_t *octets, size_t length) {
    if (index < 0 || index >= d->received || d->in_line >= d->count || length > d->send_size) return;
    unsigned place = d->in_line++;
    memcpy(d->outgoing_buffers[place].iov_base, octets, length);
    d->outgoing_buffers[place].iov_len = length;
    struct msghdr *question = &d->incoming[index].msg_hdr;
    turn_control_around(question);
    d->outgoing[place].msg_hdr = (struct msghdr){
        .msg_name = question->msg_name,
        .msg_namelen = question->msg_namelen,
        .msg_iov = &d->outgoing_buffers[place],
        .msg_iovlen = 1,
        .msg_control = question->msg_controllen ? question->msg_control : NULL,
        .msg_controllen = question->msg_controllen,
    };
}

int datagrams_send(struct datagrams *d, int socket) {
    unsigned done = 0;
    int taken = 0;
    while (done < d->in_line) {
        int sent = sendmmsg(socket, d->outgoing + done, d->in_line - done, 0);
        if (sent > 0) {
            done += (unsigned)sent;
            taken += sent;
        } else if (errno != EINTR) {
            // The first one cannot be sent (its network is gone, a filter is against it); the others may be.
            done++;
        }
    }
    d->in_line = 0;
    return taken;
}
