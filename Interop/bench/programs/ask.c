/* What dnsperf cannot: saturate a fast server over UDP (dnsperf itself takes more CPU a query than the servers do), and ask one
   query a TCP connection (dnsperf 2.10 makes 60 connections a second).

   ask udp PORT FILE SECONDS WINDOW       at most WINDOW queries unanswered at a time
   ask tcp PORT FILE SECONDS CONNECTIONS  so many connections at a time, each closed by us when its response is whole

   FILE has queries, each behind its length in two octets. Prints one JSON object. */
#include "ask.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>

double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

unsigned char *next_query(struct queries *queries, size_t *length) {
    if (queries->place + 2 > queries->size) queries->place = 0;
    unsigned char *query = queries->octets + queries->place;
    *length = (size_t)query[0] << 8 | query[1];
    queries->place += 2 + *length;
    return query + 2;
}

void take_response(struct outcome *outcome, const unsigned char *response, size_t length) {
    if (length < 12 || !(response[2] & 0x80)) return;
    outcome->completed++;
    outcome->octets += length;
    outcome->codes[response[3] & 15]++;
}

int main(int count, char **arguments) {
    if (count != 6) return 64;
    struct sockaddr_in server = {.sin_family = AF_INET, .sin_port = htons((unsigned short)atoi(arguments[2]))};
    server.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    double seconds = atof(arguments[4]);
    int at_once = atoi(arguments[5]);

    int file = open(arguments[3], O_RDONLY);
    struct stat status;
    if (file < 0 || fstat(file, &status) != 0 || at_once < 1 || at_once > MOST) return 66;
    struct queries queries = {.size = (size_t)status.st_size};
    queries.octets = mmap(NULL, queries.size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, file, 0);
    if (queries.octets == MAP_FAILED) return 66;

    struct outcome outcome = {0};
    double began = now();
    if (strcmp(arguments[1], "udp") == 0)
        ask_datagrams(&server, &queries, began + seconds, at_once, &outcome);
    else
        ask_connections(&server, &queries, began + seconds, at_once, &outcome);
    double took = now() - began;

    printf("{\"completed\": %lu, \"lost\": %lu, \"failed\": %lu, \"seconds\": %.6f, \"octets\": %lu, \"codes\": [", outcome.completed,
           outcome.lost, outcome.failed, took, outcome.octets);
    for (int code = 0; code < 16; code++) printf("%s%lu", code ? ", " : "", outcome.codes[code]);
    printf("]}\n");
    return 0;
}
