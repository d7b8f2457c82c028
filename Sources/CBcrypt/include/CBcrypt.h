// Checks whether a bcrypt hash was made of a key, and does nothing else: crypt_r of libxcrypt, with its memory wiped.
#ifndef CBCRYPT_H
#define CBCRYPT_H

#include <stdbool.h>

// The caller checks the form of the hash: $2a$, $2b$ or $2y$, a cost, 22 characters of salt and 31 of digest. Returns false too if
// there is no memory, or if crypt_r does not take the input. Takes 2^cost steps, about 70 ms at cost 10, and blocks for that time.
bool cbcrypt_matches(const char *key, const char *hash);

#endif
