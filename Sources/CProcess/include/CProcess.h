// The kernel's process calls that Swift cannot make, and nothing else.
#ifndef CPROCESS_H
#define CPROCESS_H

#include <stdbool.h>

// From now on the kernel writes or pipes no core dump of this process, and no other process of the same user may trace it or read
// its memory, which contains keys. Root still may. Returns whether the kernel has accepted this.
bool process_hide_memory(void);

#endif
