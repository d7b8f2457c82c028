#include "CProcess.h"

#include <sys/prctl.h>
#include <sys/resource.h>

bool process_hide_memory(void) {
    // The limit alone is not enough: a program to which dumps are piped (core_pattern) gets them whatever the limit is.
    struct rlimit none = {.rlim_cur = 0, .rlim_max = 0};
    bool limited = setrlimit(RLIMIT_CORE, &none) == 0;
    return prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0 && limited;
}
