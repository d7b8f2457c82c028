// What Swift cannot call of the kernel's for a process, and nothing else.
#ifndef CPROCESS_H
#define CPROCESS_H

#include <stdbool.h>

// From now on no core dump of this process is written or piped, and no other process of the same user may trace it or read its
// memory: there are keys in it. Root may still. Returns whether the kernel has taken it.
bool process_hide_memory(void);

#endif
