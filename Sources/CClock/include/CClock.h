// The time of clocks that are never set, in nanoseconds. Swift cannot read them reliably: where Foundation is among a module's imports, Swift 6.3
// takes the members of struct timespec for those of one module or of another, and not in each build for the same.
#ifndef CCLOCK_H
#define CCLOCK_H

#include <stdint.h>
#include <time.h>

// CLOCK_MONOTONIC: stands still while the machine sleeps.
static inline uint64_t monotonic_nanoseconds(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
}

// CLOCK_BOOTTIME: goes on while the machine sleeps. UINT64_MAX if the kernel has no such clock.
static inline uint64_t boot_nanoseconds(void) {
    struct timespec time;
    if (clock_gettime(CLOCK_BOOTTIME, &time) != 0) return UINT64_MAX;
    return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
}

#endif
