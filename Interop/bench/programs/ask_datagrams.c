#define _GNU_SOURCE
#include "ask.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/time.h>

enum { BATCH = 32, ROOM = 2048 };

/* As many queries as there were responses, so that the window stays full. What is not answered within 0.2 s of silence is lost. */
void ask_datagrams(const struct sockaddr_in *server, struct queries *queries, double end, int window, struct outcome *outcome) {
    int socket_ = socket(AF_INET, SOCK_DGRAM, 0);
    struct timeval patience = {.tv_usec = 200000};
    setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    if (connect(socket_, (const struct sockaddr *)server, sizeof *server) != 0) {
        perror("connect");
        exit(1);
    }

    static unsigned char octets[BATCH][ROOM];
    struct iovec parts[BATCH];
    struct mmsghdr messages[BATCH];
    int outstanding = 0;
    while (now() < end) {
        while (outstanding < window) {
            int count = window - outstanding < BATCH ? window - outstanding : BATCH;
            for (int i = 0; i < count; i++) {
                size_t length;
                unsigned char *query = next_query(queries, &length);
                parts[i] = (struct iovec){query, length};
                messages[i] = (struct mmsghdr){.msg_hdr = {.msg_iov = &parts[i], .msg_iovlen = 1}};
            }
            int sent = sendmmsg(socket_, messages, (unsigned)count, 0);
            if (sent > 0) outstanding += sent;
            if (sent < count) break;
        }
        for (int i = 0; i < BATCH; i++) {
            parts[i] = (struct iovec){octets[i], ROOM};
            messages[i] = (struct mmsghdr){.msg_hdr = {.msg_iov = &parts[i], .msg_iovlen = 1}};
        }
        int received = recvmmsg(socket_, messages, BATCH, MSG_WAITFORONE, NULL);
        if (received <= 0) {
            outcome->lost += (unsigned long)outstanding;
            outstanding = 0;
            continue;
        }
        for (int i = 0; i < received; i++) take_response(outcome, octets[i], messages[i].msg_len);
        outstanding = received < outstanding ? outstanding - received : 0;
    }
}
