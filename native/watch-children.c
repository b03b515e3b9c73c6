// Watches the starting of programs: exec*, posix_spawn*. Every child gets our variables, also
// when the caller cleared the environment; the caller's own arrays and `environ` are left alone.
// Runs between vfork and exec: stack, raw system calls and mmap only.
#define _GNU_SOURCE
#include "watch-children.h"

#include <limits.h>
#include <stdarg.h>
#include <string.h>
#include <sys/mman.h>

#include "exec-target.h"
#include "loaded-later.h"
#include "observer.h"
#include "raw-syscall.h"

#define PRELOAD_NAME "LD_PRELOAD="
#define PRELOAD_NAME_LENGTH (sizeof PRELOAD_NAME - 1)
#define LOG_NAME_LENGTH (sizeof "KACHE_OBSERVE_LOG=" - 1)
#define ACTIVE_NAME_LENGTH (sizeof "KACHE_ACTIVE=" - 1)

/* Larger environments go to a mapping, because a thread's stack may be small. */
#define STACK_BYTES_MAX (8u * 1024u)

extern char **environ;

static bool is_spawn(const struct launch *launch) {
  return launch->form == LAUNCH_SPAWN || launch->form == LAUNCH_SPAWNP;
}

static int run(struct launch *launch, strings envp) {
  const char *path = launch->path;
  switch (launch->form) {
    case LAUNCH_EXECVE:
      return ORIGINAL(execve)(path, launch->argv, envp);
    case LAUNCH_EXECVPE:
      return ORIGINAL(execvpe)(path, launch->argv, envp);
    case LAUNCH_FEXECVE:
      return ORIGINAL(fexecve)(launch->dir, launch->argv, envp);
    case LAUNCH_SPAWN:
      return ORIGINAL(posix_spawn)(launch->pid, path, launch->actions, launch->attributes,
                                   launch->argv, envp);
    case LAUNCH_SPAWNP:
      return ORIGINAL(posix_spawnp)(launch->pid, path, launch->actions, launch->attributes,
                                    launch->argv, envp);
    case LAUNCH_EXECVEAT:
    default:
      return (int)ORIGINAL(syscall)(SYS_execveat, launch->dir, path, launch->argv, envp,
                                    launch->flags);
  }
}

struct environment_shape {
  size_t count;
  const char *preload; /* value of the caller's LD_PRELOAD; the loader takes the last one */
  size_t preload_at;
  bool has_log;
  bool has_active;
};

static struct environment_shape shape_of(strings envp) {
  struct environment_shape shape = {0};
  for (; envp && envp[shape.count]; shape.count++) {
    const char *entry = envp[shape.count];
    if (strncmp(entry, PRELOAD_NAME, PRELOAD_NAME_LENGTH) == 0) {
      shape.preload = entry + PRELOAD_NAME_LENGTH;
      shape.preload_at = shape.count;
    }
    if (strncmp(entry, observer_log_variable, LOG_NAME_LENGTH) == 0) shape.has_log = true;
    if (strncmp(entry, "KACHE_ACTIVE=", ACTIVE_NAME_LENGTH) == 0) shape.has_active = true;
  }
  return shape;
}

/* The entry keeps its place, so that the child, having taken our part out, sees its own order. */
static void fill_environment(char **to, char *preload, strings envp,
                             const struct environment_shape *shape) {
  char *end = stpcpy(stpcpy(preload, PRELOAD_NAME), observer_library_path);
  size_t count = 0;
  for (; count < shape->count; count++) to[count] = envp[count];
  if (shape->preload) {
    stpcpy(stpcpy(end, ":"), shape->preload);
    to[shape->preload_at] = preload;
  } else {
    to[count++] = preload;
  }
  if (*observer_active_variable && !shape->has_active) to[count++] = observer_active_variable;
  to[count++] = observer_log_variable;
  to[count] = NULL;
}

static int run_watched(struct launch *launch) {
  struct environment_shape shape = shape_of(launch->envp);
  if (shape.has_log) {
    /* The caller starts an observation of its own; the inner one wins, ours is incomplete. */
    record_path((struct record){RECORD_UNWATCHABLE, OUTCOME_DONE, UNWATCHABLE_NESTED, 0},
                launch->dir, launch->path);
    return run(launch, launch->envp);
  }
  size_t pointers = (shape.count + 4) * sizeof(char *);
  size_t bytes = pointers + PRELOAD_NAME_LENGTH + strlen(observer_library_path) + 2 +
                 (shape.preload ? strlen(shape.preload) : 0);
  void *space;
  if (bytes <= STACK_BYTES_MAX) {
    space = __builtin_alloca(bytes);
  } else {
    long mapped = raw_syscall(SYS_mmap, 0, (long)bytes, PROT_READ | PROT_WRITE,
                              MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (mapped < 0 && mapped > -4096) return run(launch, launch->envp);
    space = (void *)mapped;
  }
  fill_environment(space, (char *)space + pointers, launch->envp, &shape);
  int answer = run(launch, space);
  if (bytes > STACK_BYTES_MAX) {
    raw_syscall(SYS_munmap, (long)space, (long)bytes, 0, 0, 0, 0);
  }
  return answer;
}

/* Writes a path by which the program file can be opened and, where it has one, recorded. */
static void find_program(const struct launch *launch, char *found) {
  const char *path = launch->path;
  bool searched = launch->form == LAUNCH_EXECVPE || launch->form == LAUNCH_SPAWNP;
  *found = '\0';
  if (!path) return;
  if (searched && exec_path_search(path, found, PATH_MAX)) return;
  *found = '\0';
  if (searched && !strchr(path, '/')) return;
  if (path[0] != '/' && launch->dir != AT_FDCWD) {
    if (!descriptor_path(launch->dir, found, PATH_MAX) || *path == '\0') return;
    size_t length = strlen(found);
    if (length + strlen(path) + 2 > PATH_MAX) return;
    found[length] = '/';
    strcpy(found + length + 1, path);
  } else if (strlen(path) < PATH_MAX) {
    strcpy(found, path);
  }
}

static int target_of(const struct launch *launch, const char *found) {
  int target = *found ? exec_target_of(found) : TARGET_NOT_FOUND;
  bool falls_back = launch->form == LAUNCH_EXECVPE;
  return target == TARGET_NO_FORMAT && falls_back ? exec_target_of("/bin/sh") : target;
}

/* Not found by us is no reason to leave a child alone: a changed directory in the file actions may
 * hide it. The reader counts an announced program that never reported a START as unwatched. */
static int launch_found(struct launch *launch, const char *found) {
  int target = target_of(launch, found);
  if (target > 0) {
    struct record record = {RECORD_UNWATCHABLE, OUTCOME_DONE, (unsigned)target, 0};
    record_path(record, AT_FDCWD, found);
  }
  const char *path = *found ? found : launch->path;
  if (!is_spawn(launch)) {
    struct record record = {RECORD_EXEC, OUTCOME_DONE, 0, raw_getpid()};
    record_path_from(record, AT_FDCWD, path, launch->caller);
  }
  int answer = target > 0 ? run(launch, launch->envp) : run_watched(launch);
  if (is_spawn(launch)) {
    struct record started = {RECORD_EXEC, OUTCOME_DONE, 0, *launch->pid};
    struct record failed = {RECORD_EXEC_FAILED, OUTCOME_ERROR, 1, answer};
    if (answer == 0) record_path_from(started, AT_FDCWD, path, launch->caller);
    else record_path(failed, AT_FDCWD, path);
  } else {
    record_path((struct record){RECORD_EXEC_FAILED, OUTCOME_ERROR, 0, errno}, AT_FDCWD, path);
  }
  return answer;
}

int launch_program(struct launch *launch) {
  /* An address that the kernel cannot read is its to refuse. */
  if (!log_is_active() || (launch->path && raw_access(launch->path, F_OK) == -EFAULT)) {
    return run(launch, launch->envp);
  }
  char found[PATH_MAX];
  find_program(launch, found);
  return launch_found(launch, found);
}

WATCH(int, execve, const char *path, strings argv, strings envp) {
  observer_enter();
  struct launch launch = {.form = LAUNCH_EXECVE, .dir = AT_FDCWD, .path = path,
                          .argv = argv, .envp = envp, .caller = CALLER()};
  return launch_program(&launch);
}

WATCH(int, execv, const char *path, strings argv) {
  observer_enter();
  struct launch launch = {.form = LAUNCH_EXECVE, .dir = AT_FDCWD, .path = path,
                          .argv = argv, .envp = environ, .caller = CALLER()};
  return launch_program(&launch);
}

WATCH(int, execvpe, const char *name, strings argv, strings envp) {
  observer_enter();
  struct launch launch = {.form = LAUNCH_EXECVPE, .dir = AT_FDCWD, .path = name,
                          .argv = argv, .envp = envp, .caller = CALLER()};
  return launch_program(&launch);
}

WATCH(int, execvp, const char *name, strings argv) {
  observer_enter();
  struct launch launch = {.form = LAUNCH_EXECVPE, .dir = AT_FDCWD, .path = name,
                          .argv = argv, .envp = environ, .caller = CALLER()};
  return launch_program(&launch);
}

WATCH(int, fexecve, int fd, strings argv, strings envp) {
  observer_enter();
  struct launch launch = {.form = LAUNCH_FEXECVE, .dir = fd, .path = "",
                          .argv = argv, .envp = envp, .caller = CALLER()};
  return launch_program(&launch);
}

WATCH(int, execveat, int dir, const char *path, strings argv, strings envp, int flags) {
  observer_enter();
  struct launch launch = {.form = LAUNCH_EXECVEAT,
                          .dir = dir,
                          .flags = flags,
                          .path = path,
                          .argv = argv,
                          .envp = envp,
                          .caller = CALLER()};
  return launch_program(&launch);
}

/* The list of execl and its kin, as an array on the caller's stack. */
#define COLLECT_ARGUMENTS(first, rest, argv)                              \
  size_t count = 1;                                                       \
  va_list rest;                                                           \
  va_start(rest, first);                                                  \
  while (va_arg(rest, char *)) count++;                                   \
  va_end(rest);                                                           \
  char **argv = __builtin_alloca((count + 1) * sizeof(char *));           \
  va_start(rest, first);                                                  \
  argv[0] = (char *)(size_t)first;                                        \
  for (size_t at = 1; at <= count; at++) argv[at] = va_arg(rest, char *);

WATCH(int, execl, const char *path, const char *first, ...) {
  observer_enter();
  COLLECT_ARGUMENTS(first, rest, argv)
  va_end(rest);
  struct launch launch = {.form = LAUNCH_EXECVE, .dir = AT_FDCWD, .path = path,
                          .argv = argv, .envp = environ, .caller = CALLER()};
  return launch_program(&launch);
}

WATCH(int, execlp, const char *name, const char *first, ...) {
  observer_enter();
  COLLECT_ARGUMENTS(first, rest, argv)
  va_end(rest);
  struct launch launch = {.form = LAUNCH_EXECVPE, .dir = AT_FDCWD, .path = name,
                          .argv = argv, .envp = environ, .caller = CALLER()};
  return launch_program(&launch);
}

WATCH(int, execle, const char *path, const char *first, ...) {
  observer_enter();
  COLLECT_ARGUMENTS(first, rest, argv)
  strings envp = va_arg(rest, strings);
  va_end(rest);
  struct launch launch = {.form = LAUNCH_EXECVE, .dir = AT_FDCWD, .path = path,
                          .argv = argv, .envp = envp, .caller = CALLER()};
  return launch_program(&launch);
}

static int spawn(struct launch *launch, pid_t *pid) {
  pid_t started = 0;
  launch->dir = AT_FDCWD;
  launch->pid = &started;
  int answer = launch_program(launch);
  if (answer == 0 && pid) *pid = started;
  return answer;
}

#define WATCH_SPAWN(name, its_form)                                                          \
  WATCH(int, name, pid_t *pid, const char *path, const posix_spawn_file_actions_t *actions,  \
        const posix_spawnattr_t *attributes, strings argv, strings envp) {                   \
    observer_enter();                                                                        \
    struct launch launch = {.form = its_form,                                                \
                            .path = path,                                                    \
                            .actions = actions,                                              \
                            .attributes = attributes,                                        \
                            .argv = argv,                                                    \
                            .envp = envp,                                                    \
                            .caller = CALLER()};                                             \
    return spawn(&launch, pid);                                                              \
  }
WATCH_SPAWN(posix_spawn, LAUNCH_SPAWN)
WATCH_SPAWN(posix_spawnp, LAUNCH_SPAWNP)
