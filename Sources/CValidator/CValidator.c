#include "CValidator.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unbound.h>

static int64_t now(void) {
    struct timespec moment;
    clock_gettime(CLOCK_MONOTONIC, &moment);
    return (int64_t)moment.tv_sec * 1000 + moment.tv_nsec / 1000000;
}

static void set_reason(struct cvalidator_answer *answer, const char *text) {
    strncpy(answer->reason, text, sizeof answer->reason - 1);
}

static void take(void *context, int failure, struct ub_result *result) {
    struct cvalidator_answer *answer = context;
    if (failure || !result) {
        answer->security = CVALIDATOR_FAILED;
        set_reason(answer, failure ? ub_strerror(failure) : "there is no result");
        return;
    }
    answer->response_code = (uint16_t)result->rcode;
    answer->security = result->bogus ? CVALIDATOR_BOGUS : result->secure ? CVALIDATOR_SECURE : CVALIDATOR_INSECURE;
    if (result->bogus) set_reason(answer, result->why_bogus ? result->why_bogus : "");
    if (result->answer_packet && result->answer_len > 0) {
        answer->message = malloc((size_t)result->answer_len);
        if (answer->message) {
            answer->message_length = (size_t)result->answer_len;
            memcpy(answer->message, result->answer_packet, answer->message_length);
        }
    }
    ub_resolve_free(result);
}

static const char *configure(struct ub_ctx *context, const struct cvalidator_settings *settings) {
    if (ub_ctx_set_option(context, "unblock-lan-zones:", "yes")) return "libunbound takes no unblock-lan-zones";
    // Whole names at once, as authorities' resolvers ask: fewer round trips, and what those see.
    if (ub_ctx_set_option(context, "qname-minimisation:", "no")) return "libunbound takes no qname-minimisation";
    if (ub_ctx_set_option(context, "do-not-query-localhost:", settings->allows_loopback ? "no" : "yes"))
        return "libunbound takes no do-not-query-localhost";
    if (settings->hints_file && ub_ctx_set_option(context, "root-hints:", settings->hints_file))
        return "libunbound cannot use the file of root hints";
    if (settings->anchor_file && ub_ctx_add_ta_file(context, settings->anchor_file))
        return "libunbound cannot use the file of trust anchors";
    for (size_t index = 0; index < settings->anchor_count; index++)
        if (ub_ctx_add_ta(context, settings->anchors[index])) return "libunbound cannot use a trust anchor";
    for (size_t index = 0; index < settings->resolver_count; index++)
        if (ub_ctx_set_fwd(context, settings->resolvers[index])) return "libunbound cannot use the address of a resolver";
    for (size_t index = 0; index < settings->denied_network_count; index++)
        if (ub_ctx_set_option(context, "do-not-query-address:", settings->denied_networks[index]))
            return "libunbound cannot use a network that is not to be asked";
    // A thread of this process: a child process would be a copy of its memory.
    if (ub_ctx_async(context, 1)) return "libunbound makes no thread";
    // Unbound's own answers are none of the DNS: those for addresses of private networks above, and those for tests and homes. Nothing can be
    // set after this. (Unbound 1.17.1 does not heed “nodefault” in a local-zone that is set by ub_ctx_set_option.)
    static const char *const own[] = {"test.", "invalid.", "home.arpa.", "localhost."};
    for (size_t index = 0; index < sizeof own / sizeof *own; index++)
        if (ub_ctx_zone_remove(context, own[index])) return "libunbound keeps answers of its own";
    return NULL;
}

const char *cvalidator_ask(
    const struct cvalidator_settings *settings, const char *const *names, const uint16_t *types, size_t count, int milliseconds,
    const int *stopped, struct cvalidator_answer *answers) {
    int64_t end = now() + milliseconds;
    memset(answers, 0, count * sizeof *answers);
    struct ub_ctx *context = ub_ctx_create();
    if (!context) return "there is no memory for libunbound";
    const char *problem = configure(context, settings);
    for (size_t index = 0; !problem && index < count; index++) {
        answers[index].security = CVALIDATOR_LATE;
        int failure = ub_resolve_async(context, names[index], types[index], 1, &answers[index], take, NULL);
        if (failure) take(&answers[index], failure, NULL);
    }
    while (!problem) {
        size_t waiting = 0;
        for (size_t index = 0; index < count; index++) waiting += answers[index].security == CVALIDATOR_LATE;
        int64_t left = end - now();
        if (!waiting || left <= 0 || __atomic_load_n(stopped, __ATOMIC_ACQUIRE)) break;
        if (left > 250) left = 250;
        struct pollfd descriptor = {.fd = ub_fd(context), .events = POLLIN};
        if (poll(&descriptor, 1, (int)left) > 0 && ub_process(context)) break;
    }
    // No answer is taken after this.
    ub_ctx_delete(context);
    return problem;
}

void cvalidator_stop(int *stopped) { __atomic_store_n(stopped, 1, __ATOMIC_RELEASE); }

void cvalidator_free(struct cvalidator_answer *answers, size_t count) {
    for (size_t index = 0; index < count; index++) free(answers[index].message);
}
