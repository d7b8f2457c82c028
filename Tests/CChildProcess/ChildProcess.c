#define _GNU_SOURCE
#include "CChildProcess.h"
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <unistd.h>

int child_start(const char *program, char *const arguments[], char *const environment[], const char *folder, const char *output,
                const char *error) {
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t none;
    pid_t process = 0;
    const int new_file = O_WRONLY | O_CREAT | O_TRUNC;

    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
    sigemptyset(&none);
    int outcome = posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    if (!outcome) outcome = posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, output, new_file, 0644);
    if (!outcome) outcome = posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, error, new_file, 0644);
    if (!outcome) outcome = posix_spawn_file_actions_addclosefrom_np(&actions, STDERR_FILENO + 1);
    if (!outcome) outcome = posix_spawn_file_actions_addchdir_np(&actions, folder);
    if (!outcome) outcome = posix_spawnattr_setsigmask(&attributes, &none);
    if (!outcome) outcome = posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
    if (!outcome) outcome = posix_spawn(&process, program, &actions, &attributes, arguments, environment);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    return outcome ? -outcome : process;
}
