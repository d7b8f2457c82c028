/* The floor: what the kernel alone takes for a query and a response over UDP, in batches.

   echo PORT SIZE     answers each datagram to 127.0.0.1:PORT with its own octets, filled up to SIZE, and the bit that says
                      “response” */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum { BATCH = 32, ROOM = 2048 };

int main(int count, char **arguments) {
    if (count != 3) return 64;
    size_t size = strtoul(arguments[2], NULL, 10);
    if (size > ROOM) return 64;
    struct sockaddr_in own = {.sin_family = AF_INET, .sin_port = htons((unsigned short)atoi(arguments[1]))};
    own.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int socket_ = socket(AF_INET, SOCK_DGRAM, 0);
    if (bind(socket_, (struct sockaddr *)&own, sizeof own) != 0) {
        perror("bind");
        return 1;
    }

    static unsigned char octets[BATCH][ROOM];
    struct sockaddr_in peers[BATCH];
    struct iovec parts[BATCH];
    struct mmsghdr messages[BATCH];
    for (;;) {
        for (int i = 0; i < BATCH; i++) {
            parts[i] = (struct iovec){octets[i], ROOM};
            messages[i] = (struct mmsghdr){
                .msg_hdr = {.msg_name = &peers[i], .msg_namelen = sizeof peers[i], .msg_iov = &parts[i], .msg_iovlen = 1}};
        }
        int received = recvmmsg(socket_, messages, BATCH, MSG_WAITFORONE, NULL);
        if (received < 0) continue;
        for (int i = 0; i < received; i++) {
            if (messages[i].msg_len > 2) octets[i][2] |= 0x80;
            parts[i].iov_len = messages[i].msg_len < size ? size : messages[i].msg_len;
        }
        for (int sent = 0; sent < received;) {
            int now = sendmmsg(socket_, messages + sent, (unsigned)(received - sent), 0);
            sent += now > 0 ? now : 1; /* one that cannot be sent is left out */
        }
    }
}
