// Questions to libunbound, which looks names up from the root and validates the answers (RFC 4035).
#ifndef CVALIDATOR_H
#define CVALIDATOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Where answers come from, and what is trusted. Texts end with a zero; lists are of `count` texts.
struct cvalidator_settings {
    // Files with the roots' addresses, and with DS or DNSKEY records that are trusted, as Unbound reads them; NULL for none.
    const char *hints_file;
    const char *anchor_file;
    // DS records in presentation form that are trusted.
    const char *const *anchors;
    size_t anchor_count;
    // Resolvers that are asked instead of name servers, as “192.0.2.53” or “192.0.2.53@5353”.
    const char *const *resolvers;
    size_t resolver_count;
    // Networks that are never asked, as “10.0.0.0/8”.
    const char *const *denied_networks;
    size_t denied_network_count;
    // Whether loopback may be asked.
    bool allows_loopback;
};

enum cvalidator_security { CVALIDATOR_INSECURE, CVALIDATOR_SECURE, CVALIDATOR_BOGUS, CVALIDATOR_FAILED, CVALIDATOR_LATE };

struct cvalidator_answer {
    enum cvalidator_security security;
    // Why the answer is bogus, or why there is none; ends with a zero, and is cut off after 511 octets.
    char reason[512];
    uint16_t response_code;
    // The whole response; NULL if there is none. cvalidator_free gives it back.
    uint8_t *message;
    size_t message_length;
};

// Asks all questions at once, and waits for the answers for at most the time, in milliseconds. Blocks its thread. Names are in presentation
// form. Ends within a quarter of a second after cvalidator_stop was called with the same number, which is 0 at first. Returns NULL, or what is
// wrong with the settings: a text that lives for ever.
const char *cvalidator_ask(
    const struct cvalidator_settings *settings, const char *const *names, const uint16_t *types, size_t count, int milliseconds,
    const int *stopped, struct cvalidator_answer *answers);

void cvalidator_stop(int *stopped);

void cvalidator_free(struct cvalidator_answer *answers, size_t count);

#endif
