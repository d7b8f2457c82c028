// Whether a key is the one that a bcrypt hash was made of, and nothing else: crypt_r of libxcrypt, its memory wiped.
#ifndef CBCRYPT_H
#define CBCRYPT_H

#include <stdbool.h>

// The form of the hash is the caller's to check: $2a$, $2b$ or $2y$, a cost, 22 characters of salt and 31 of digest. False too if
// there is no memory, and for what crypt_r does not take. Takes 2^cost steps, about 70 ms at cost 10, and blocks as long.
bool cbcrypt_matches(const char *key, const char *hash);

#endif
