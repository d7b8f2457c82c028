// Starting a program, with what Glibc offers for it beyond POSIX: Swift does not see that.
#ifndef CCHILDPROCESS_H
#define CCHILDPROCESS_H

// Starts a program in a folder, with nothing on standard input, the files for standard output and standard error created or truncated, and no
// open file and no blocked signal of this process. Both lists end with NULL. Returns its number, or a negative error number.
int child_start(const char *program, char *const arguments[], char *const environment[], const char *folder, const char *output,
                const char *error);

#endif
