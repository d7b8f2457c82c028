#define _GNU_SOURCE
#include "CDatagrams.h"

#include <endian.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

// Room for one control message that says which local address a datagram was sent to.
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

static int set_option(int descriptor, int level, int name, int value) {
    return setsockopt(descriptor, level, name, &value, sizeof value);
}

// A socket on all addresses must be told to say, and to use, the address that was asked.
static bool is_any_address(const struct sockaddr *address) {
    if (address->sa_family == AF_INET)
        return ((const struct sockaddr_in *)address)->sin_addr.s_addr == htonl(INADDR_ANY);
    return IN6_IS_ADDR_UNSPECIFIED(&((const struct sockaddr_in6 *)address)->sin6_addr);
}

static int bind_socket(int descriptor, const struct addrinfo *info, uint16_t *port, bool share_port) {
    bool is_v6 = info->ai_family == AF_INET6;
    if (is_v6 && set_option(descriptor, IPPROTO_IPV6, IPV6_V6ONLY, 1)) return -errno;
    if (share_port && set_option(descriptor, SOL_SOCKET, SO_REUSEPORT, 1)) return -errno;
    if (is_any_address(info->ai_addr)) {
        int failed = is_v6 ? set_option(descriptor, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1)
                           : set_option(descriptor, IPPROTO_IP, IP_PKTINFO, 1);
        if (failed) return -errno;
    }
    // Never in fragments, which could be replaced by forged ones: DF is set, and a router's word on the path's size is not
    // believed (RFC 9715 section 3.1). A system without these options is as good as before.
    if (is_v6) (void)set_option(descriptor, IPPROTO_IPV6, IPV6_MTU_DISCOVER, IPV6_PMTUDISC_PROBE);
    else (void)set_option(descriptor, IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_PROBE);
    // More room for bursts; the kernel gives what it allows.
    (void)set_option(descriptor, SOL_SOCKET, SO_RCVBUF, 4 << 20);
    (void)set_option(descriptor, SOL_SOCKET, SO_SNDBUF, 4 << 20);

    if (bind(descriptor, info->ai_addr, info->ai_addrlen)) return -errno;
    struct sockaddr_storage bound;
    socklen_t length = sizeof bound;
    if (getsockname(descriptor, (struct sockaddr *)&bound, &length)) return -errno;
    *port = ntohs(is_v6 ? ((struct sockaddr_in6 *)&bound)->sin6_port : ((struct sockaddr_in *)&bound)->sin_port);
    return 0;
}

int datagrams_open(const char *address, uint16_t *port, bool share_port) {
    char service[8];
    snprintf(service, sizeof service, "%u", *port);
    struct addrinfo hints = {.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV, .ai_socktype = SOCK_DGRAM};
    struct addrinfo *info;
    if (getaddrinfo(address, service, &hints, &info)) return -EINVAL;

    int descriptor = socket(info->ai_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    int result = descriptor < 0 ? -errno : bind_socket(descriptor, info, port, share_port);
    freeaddrinfo(info);
    if (result < 0 && descriptor >= 0) close(descriptor);
    return result < 0 ? result : descriptor;
}

int datagrams_wake_open(void) {
    return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
}

void datagrams_wake(int wake) {
    (void)eventfd_write(wake, 1);
}

// The kernel writes into the headers of what it receives: those are made anew.
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
    const struct sockaddr_storage *sender = &d->senders[index];
    if (sender->ss_family == AF_INET) {
        *high = 0;
        *low = ntohl(((const struct sockaddr_in *)sender)->sin_addr.s_addr);
        return false;
    }
    const uint8_t *octets = ((const struct sockaddr_in6 *)sender)->sin6_addr.s6_addr;
    uint64_t halves[2];
    memcpy(halves, octets, sizeof halves);
    *high = be64toh(halves[0]);
    *low = be64toh(halves[1]);
    return true;
}

// Makes of "was sent to this address" an order to send from it.
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
            // The first one cannot be sent (its network is gone, a filter is against it): the others may.
            done++;
        }
    }
    d->in_line = 0;
    return taken;
}
