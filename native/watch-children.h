// The one description of "start this program" that all exec and spawn spellings come down to.
#ifndef KACHE_WATCH_CHILDREN_H
#define KACHE_WATCH_CHILDREN_H

#include "originals.h"

enum launch_form {
  LAUNCH_EXECVE,
  LAUNCH_EXECVPE,
  LAUNCH_FEXECVE,
  LAUNCH_EXECVEAT,
  LAUNCH_SPAWN,
  LAUNCH_SPAWNP,
};

struct launch {
  enum launch_form form;
  int dir; /* descriptor for FEXECVE and EXECVEAT, else AT_FDCWD */
  int flags;
  const char *path;
  strings argv;
  strings envp;
  pid_t *pid;
  const posix_spawn_file_actions_t *actions;
  const posix_spawnattr_t *attributes;
  const void *caller; /* the code that called the watched function */
};

/** Records and carries out; answers and sets errno as the real function does. */
int launch_program(struct launch *launch);

#endif
