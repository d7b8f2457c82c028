#define _GNU_SOURCE
#include "ask.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { ROOM = 4096 };

struct connection {
    int socket;
    size_t length;
    double since;
    unsigned char octets[ROOM];
};

static struct connection connections[MOST];
static int events_;

/* Each from another address of loopback in turn: an address alone has too few ports for a second's connections, as the ends
   of those that we close keep their ports for a while. */
static void open_connection(struct connection *connection, const struct sockaddr_in *server) {
    static unsigned turn;
    int on = 1;
    struct sockaddr_in own = {.sin_family = AF_INET};
    own.sin_addr.s_addr = htonl(INADDR_LOOPBACK + turn++ % 16);
    connection->length = 0;
    connection->since = now();
    connection->socket = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    setsockopt(connection->socket, IPPROTO_IP, 24 /* IP_BIND_ADDRESS_NO_PORT */, &on, sizeof on);
    bind(connection->socket, (struct sockaddr *)&own, sizeof own);
    connect(connection->socket, (const struct sockaddr *)server, sizeof *server);
    struct epoll_event event = {.events = EPOLLOUT, .data.ptr = connection};
    epoll_ctl(events_, EPOLL_CTL_ADD, connection->socket, &event);
}

static int send_query(struct connection *connection, struct queries *queries) {
    size_t length;
    unsigned char *query = next_query(queries, &length);
    if (send(connection->socket, query - 2, length + 2, MSG_NOSIGNAL) != (ssize_t)(length + 2)) return 0;
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = connection};
    return epoll_ctl(events_, EPOLL_CTL_MOD, connection->socket, &event) == 0;
}

/* Whether more is to come; a response that is whole, or will never be, ends the connection. */
static int receive_more(struct connection *connection, struct outcome *outcome) {
    ssize_t received = recv(connection->socket, connection->octets + connection->length, ROOM - connection->length, 0);
    if (received < 0 && errno == EAGAIN) return 1;
    if (received <= 0) {
        outcome->failed++;
        return 0;
    }
    connection->length += (size_t)received;
    if (connection->length < 2) return 1;
    size_t wanted = ((size_t)connection->octets[0] << 8 | connection->octets[1]) + 2;
    if (connection->length < wanted && wanted <= ROOM) return 1;
    take_response(outcome, connection->octets + 2, connection->length - 2);
    return 0;
}

void ask_connections(const struct sockaddr_in *server, struct queries *queries, double end, int at_once, struct outcome *outcome) {
    events_ = epoll_create1(0);
    for (int i = 0; i < at_once; i++) open_connection(&connections[i], server);
    while (now() < end) {
        struct epoll_event ready[64];
        int count = epoll_wait(events_, ready, 64, 100);
        for (int i = 0; i < count; i++) {
            struct connection *connection = ready[i].data.ptr;
            int goes_on = 0;
            if (ready[i].events & EPOLLIN)
                goes_on = receive_more(connection, outcome);
            else if (ready[i].events & EPOLLOUT && !(ready[i].events & EPOLLERR))
                goes_on = send_query(connection, queries);
            if (!goes_on && !(ready[i].events & EPOLLIN)) outcome->failed++;
            if (goes_on) continue;
            close(connection->socket);
            open_connection(connection, server);
        }
        for (int i = 0; count == 0 && i < at_once; i++) {
            if (now() - connections[i].since < 2) continue;
            outcome->lost++;
            close(connections[i].socket);
            open_connection(&connections[i], server);
        }
    }
}
