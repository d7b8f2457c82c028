#define _GNU_SOURCE
#include "Addresses.h"
#include "CSockets.h"

#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/un.h>
#include <unistd.h>

static int set_option(int descriptor, int level, int name, int value) {
    return setsockopt(descriptor, level, name, &value, sizeof value);
}

// A socket on all addresses must be told to report, and to use, the address that was asked.
static bool is_any_address(const struct sockaddr *address) {
    if (address->sa_family == AF_INET)
        return ((const struct sockaddr_in *)address)->sin_addr.s_addr == htonl(INADDR_ANY);
    return IN6_IS_ADDR_UNSPECIFIED(&((const struct sockaddr_in6 *)address)->sin6_addr);
}

static int set_datagram_options(int descriptor, const struct sockaddr *address) {
    bool is_v6 = address->sa_family == AF_INET6;
    if (is_any_address(address)) {
        int failed = is_v6 ? set_option(descriptor, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1)
                           : set_option(descriptor, IPPROTO_IP, IP_PKTINFO, 1);
        if (failed) return -errno;
    }
    // No fragments, which could be replaced by forged ones: DF is set, and a router's word on the path's size is not believed (RFC 9715
    // section 3.1). A system without these options works as before.
    if (is_v6) (void)set_option(descriptor, IPPROTO_IPV6, IPV6_MTU_DISCOVER, IPV6_PMTUDISC_PROBE);
    else (void)set_option(descriptor, IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_PROBE);
    return 0;
}

// More room for bursts; the kernel gives what it allows.
static void set_buffer_sizes(int descriptor) {
    (void)set_option(descriptor, SOL_SOCKET, SO_RCVBUF, 4 << 20);
    (void)set_option(descriptor, SOL_SOCKET, SO_SNDBUF, 4 << 20);
}

// Connections inherit these options from the listening socket.
static int set_stream_options(int descriptor) {
    // A port whose last connections are still in TIME_WAIT can be bound again at once.
    if (set_option(descriptor, SOL_SOCKET, SO_REUSEADDR, 1)) return -errno;
    // Responses are written whole: waiting for more gains nothing.
    return set_option(descriptor, IPPROTO_TCP, TCP_NODELAY, 1) ? -errno : 0;
}

static int bind_socket(int descriptor, const struct addrinfo *info, uint16_t *port, bool share_port) {
    bool is_v6 = info->ai_family == AF_INET6;
    if (is_v6 && set_option(descriptor, IPPROTO_IPV6, IPV6_V6ONLY, 1)) return -errno;
    if (share_port && set_option(descriptor, SOL_SOCKET, SO_REUSEPORT, 1)) return -errno;
    int failed = info->ai_socktype == SOCK_STREAM ? set_stream_options(descriptor)
                                                  : set_datagram_options(descriptor, info->ai_addr);
    if (failed) return failed;
    if (info->ai_socktype == SOCK_DGRAM) set_buffer_sizes(descriptor);

    if (bind(descriptor, info->ai_addr, info->ai_addrlen)) return -errno;
    struct sockaddr_storage bound;
    socklen_t length = sizeof bound;
    if (getsockname(descriptor, (struct sockaddr *)&bound, &length)) return -errno;
    *port = ntohs(is_v6 ? ((struct sockaddr_in6 *)&bound)->sin6_port : ((struct sockaddr_in *)&bound)->sin_port);
    return 0;
}

static int open_socket(const char *address, uint16_t *port, bool share_port, int type, int flags) {
    char service[8];
    snprintf(service, sizeof service, "%u", *port);
    struct addrinfo hints = {.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV, .ai_socktype = type};
    struct addrinfo *info;
    if (getaddrinfo(address, service, &hints, &info)) return -EINVAL;

    int descriptor = socket(info->ai_family, type | SOCK_CLOEXEC | flags, 0);
    int result = descriptor < 0 ? -errno : bind_socket(descriptor, info, port, share_port);
    freeaddrinfo(info);
    if (result < 0 && descriptor >= 0) close(descriptor);
    return result < 0 ? result : descriptor;
}

int datagrams_open(const char *address, uint16_t *port, bool share_port) {
    return open_socket(address, port, share_port, SOCK_DGRAM, 0);
}

int streams_open(const char *address, uint16_t *port, bool share_port) {
    return open_socket(address, port, share_port, SOCK_STREAM, SOCK_NONBLOCK);
}

static int option(int descriptor, int level, int name) {
    int value = 0;
    socklen_t length = sizeof value;
    return getsockopt(descriptor, level, name, &value, &length) ? -errno : value;
}

int socket_describe(int descriptor, struct socket_description *description) {
    int flags = fcntl(descriptor, F_GETFD);
    if (flags < 0 || fcntl(descriptor, F_SETFD, flags | FD_CLOEXEC)) return -errno;
    int type = option(descriptor, SOL_SOCKET, SO_TYPE);
    if (type < 0) return type;
    struct sockaddr_storage bound;
    socklen_t length = sizeof bound;
    if (getsockname(descriptor, (struct sockaddr *)&bound, &length)) return -errno;
    bool is_v6 = bound.ss_family == AF_INET6;
    if ((type != SOCK_DGRAM && type != SOCK_STREAM) || (!is_v6 && bound.ss_family != AF_INET)) return -EAFNOSUPPORT;

    // Datagrams have other protocols than UDP, as connections have others than TCP.
    int protocol = option(descriptor, SOL_SOCKET, SO_PROTOCOL);
    if (protocol != (type == SOCK_DGRAM ? IPPROTO_UDP : IPPROTO_TCP)) return -EAFNOSUPPORT;
    uint64_t high, low;
    (void)address_numbers(&bound, &high, &low);
    *description = (struct socket_description){
        .is_stream = type == SOCK_STREAM,
        .listens = option(descriptor, SOL_SOCKET, SO_ACCEPTCONN) > 0,
        .is_v6 = is_v6,
        .only_v6 = is_v6 && option(descriptor, IPPROTO_IPV6, IPV6_V6ONLY) > 0,
        .high = high,
        .low = low,
        .port = ntohs(is_v6 ? ((struct sockaddr_in6 *)&bound)->sin6_port : ((struct sockaddr_in *)&bound)->sin_port),
    };
    return 0;
}

int datagrams_adopt(int descriptor) {
    struct sockaddr_storage bound;
    socklen_t length = sizeof bound;
    if (getsockname(descriptor, (struct sockaddr *)&bound, &length)) return -errno;
    return set_datagram_options(descriptor, (struct sockaddr *)&bound);
}

int streams_adopt(int descriptor) {
    // The flag is the socket's, and so another process's, too. Both accept connections without waiting for one.
    int flags = fcntl(descriptor, F_GETFL);
    if (flags < 0 || fcntl(descriptor, F_SETFL, flags | O_NONBLOCK)) return -errno;
    return set_stream_options(descriptor);
}

int socket_duplicate(int descriptor) {
    int duplicate = fcntl(descriptor, F_DUPFD_CLOEXEC, 0);
    return duplicate < 0 ? -errno : duplicate;
}

int wake_open(void) {
    return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
}

void wake(int descriptor) {
    (void)eventfd_write(descriptor, 1);
}

int streams_accept(int listener, bool *is_v6, uint64_t *high, uint64_t *low) {
    struct sockaddr_storage client;
    socklen_t length = sizeof client;
    int descriptor = accept4(listener, (struct sockaddr *)&client, &length, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (descriptor < 0) return -errno;
    *is_v6 = address_numbers(&client, high, low);
    return descriptor;
}

int watch_open(void) {
    return epoll_create1(EPOLL_CLOEXEC);
}

static bool control(int watch, int operation, int descriptor, bool for_writing, uint64_t place) {
    struct epoll_event event = {.events = for_writing ? EPOLLOUT : EPOLLIN, .data.u64 = place};
    return epoll_ctl(watch, operation, descriptor, &event) == 0;
}

bool watch_add(int watch, int descriptor, bool for_writing, uint64_t place) {
    return control(watch, EPOLL_CTL_ADD, descriptor, for_writing, place);
}

bool watch_change(int watch, int descriptor, bool for_writing, uint64_t place) {
    return control(watch, EPOLL_CTL_MOD, descriptor, for_writing, place);
}

int watch_wait(int watch, uint64_t *places, int maximum, int milliseconds) {
    struct epoll_event events[64];
    if (maximum > 64) maximum = 64;
    int count = epoll_wait(watch, events, maximum, milliseconds);
    for (int i = 0; i < count; i++) places[i] = events[i].data.u64;
    return count < 0 ? 0 : count;
}

bool address_numbers(const struct sockaddr_storage *address, uint64_t *high, uint64_t *low) {
    if (address->ss_family == AF_INET) {
        *high = 0;
        *low = ntohl(((const struct sockaddr_in *)address)->sin_addr.s_addr);
        return false;
    }
    const uint8_t *octets = ((const struct sockaddr_in6 *)address)->sin6_addr.s6_addr;
    uint64_t halves[2];
    memcpy(halves, octets, sizeof halves);
    *high = be64toh(halves[0]);
    *low = be64toh(halves[1]);
    return true;
}

int unix_datagram_send(const char *address, const char *text) {
    struct sockaddr_un destination = {.sun_family = AF_UNIX};
    size_t length = strlen(address);
    if (address[0] != '/' && address[0] != '@') return -EAFNOSUPPORT;
    if (length >= sizeof destination.sun_path) return -ENAMETOOLONG;
    memcpy(destination.sun_path, address, length);
    // The kernel takes an abstract name by its length, without an end.
    bool is_abstract = address[0] == '@';
    if (is_abstract) destination.sun_path[0] = 0;
    socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length + (is_abstract ? 0 : 1));

    int descriptor = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (descriptor < 0) return -errno;
    ssize_t sent = sendto(descriptor, text, strlen(text), MSG_DONTWAIT | MSG_NOSIGNAL, (struct sockaddr *)&destination, size);
    int result = sent < 0 ? -errno : 0;
    close(descriptor);
    return result;
}
