#include <netinet/in.h>
#include <stddef.h>

enum { MOST = 1024 };

struct queries {
    unsigned char *octets;
    size_t size, place;
};

struct outcome {
    unsigned long completed, lost, failed, octets, codes[16];
};

double now(void);
unsigned char *next_query(struct queries *queries, size_t *length);
void take_response(struct outcome *outcome, const unsigned char *response, size_t length);

void ask_datagrams(const struct sockaddr_in *server, struct queries *queries, double end, int window, struct outcome *outcome);
void ask_connections(const struct sockaddr_in *server, struct queries *queries, double end, int at_once, struct outcome *outcome);
