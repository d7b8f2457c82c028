#define _GNU_SOURCE
#include "CBcrypt.h"

#include <crypt.h>
#include <stdlib.h>
#include <string.h>

enum {
    HASH_LENGTH = 60,
    // “$2a$10$” and the salt.
    SETTING_LENGTH = 29,
};

bool cbcrypt_matches(const char *key, const char *hash) {
    if (strlen(hash) != HASH_LENGTH) return false;
    // 32 KiB: too much for the stack of some threads.
    struct crypt_data *data = calloc(1, sizeof *data);
    if (data == NULL) return false;

    bool matches = false;
    // For $2a$, libxcrypt makes another digest than Go for some keys with octets 255, as a guard against a bug that Go never had.
    // No key in UTF-8 is one of them.
    const char *made = crypt_r(key, hash, data);
    // A failure is NULL, “*0” or “*1”.
    if (made != NULL && strlen(made) == HASH_LENGTH) {
        // Only the digest is compared: the salt was given, and crypt_r clears unused bits of its last character.
        unsigned char difference = 0;
        for (size_t index = SETTING_LENGTH; index < HASH_LENGTH; index++) {
            difference |= (unsigned char)(made[index] ^ hash[index]);
        }
        matches = difference == 0;
    }
    explicit_bzero(data, sizeof *data);
    free(data);
    return matches;
}
