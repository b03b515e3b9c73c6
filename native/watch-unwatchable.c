// Functions that read, list or start things inside libc, where nothing can be seen. They are
// forwarded unchanged; an UNWATCHABLE record makes the observation as a whole unusable.
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/un.h>

#include "observer.h"
#include "watch-unwatchable.h"

void record_function(const char *name) {
  struct record record = {RECORD_UNWATCHABLE, OUTCOME_DONE, UNWATCHABLE_FUNCTION, 0};
  int saved = errno;
  log_append_string(record, name);
  errno = saved;
}

#define WATCH_OPAQUE(type, name, parameters, arguments) \
  WATCH(type, name, parameters) {                       \
    observer_enter();                                   \
    record_function(#name);                             \
    return ORIGINAL(name) arguments;                    \
  }

#define LIST(...) __VA_ARGS__

WATCH_OPAQUE(int, system, LIST(const char *command), (command))
WATCH_OPAQUE(FILE *, popen, LIST(const char *command, const char *mode), (command, mode))
WATCH_OPAQUE(int, wordexp, LIST(const char *words, wordexp_t *to, int flags), (words, to, flags))
WATCH_OPAQUE(int, glob, LIST(const char *pattern, int flags, glob_error on_error, glob_t *to),
             (pattern, flags, on_error, to))
WATCH_OPAQUE(int, glob64, LIST(const char *pattern, int flags, glob_error on_error, glob_t *to),
             (pattern, flags, on_error, to))
WATCH_OPAQUE(int, ftw, LIST(const char *path, __ftw_func_t visit, int depth), (path, visit, depth))
WATCH_OPAQUE(int, ftw64, LIST(const char *path, __ftw_func_t visit, int depth),
             (path, visit, depth))
WATCH_OPAQUE(int, nftw, LIST(const char *path, __nftw_func_t visit, int depth, int flags),
             (path, visit, depth, flags))
WATCH_OPAQUE(int, nftw64, LIST(const char *path, __nftw_func_t visit, int depth, int flags),
             (path, visit, depth, flags))
WATCH_OPAQUE(FTS *, fts_open, LIST(strings paths, int options, fts_order order),
             (paths, options, order))
WATCH_OPAQUE(FTS *, fts64_open, LIST(strings paths, int options, fts_order order),
             (paths, options, order))
WATCH_OPAQUE(int, chroot, LIST(const char *path), (path))

/* glibc has these since 2.39; before, a program that asks for them gets the answer of a kernel that
 * cannot do it, which is what their callers are prepared for. */
#define WATCH_PIDFD_SPAWN(name)                                                               \
  WATCH(int, name, int *fd, const char *path, const posix_spawn_file_actions_t *actions,      \
        const posix_spawnattr_t *attributes, strings argv, strings envp) {                    \
    observer_enter();                                                                         \
    if (!ORIGINAL(name)) return ENOSYS;                                                       \
    record_function(#name);                                                                   \
    return originals.name(fd, path, actions, attributes, argv, envp);                         \
  }
WATCH_PIDFD_SPAWN(pidfd_spawn)
WATCH_PIDFD_SPAWN(pidfd_spawnp)

static void record_network(void) {
  struct record record = {RECORD_UNWATCHABLE, OUTCOME_DONE, UNWATCHABLE_NETWORK, 0};
  log_append_string(record, "connect");
}

/* A local socket is a file that something else answers from, as behind a pipe. */
static void record_local_socket(const struct sockaddr_un *address, socklen_t length, int error) {
  char path[sizeof address->sun_path + 1] = "";
  size_t size = length - offsetof(struct sockaddr_un, sun_path);
  if (size > sizeof address->sun_path) size = sizeof address->sun_path;
  memcpy(path, address->sun_path, size);
  if (!path[0]) {
    record_network(); /* one without a file's name */
    return;
  }
  bool absent = error == ENOENT || error == ENOTDIR;
  enum outcome outcome = absent ? OUTCOME_ABSENT : OUTCOME_OTHER;
  record_path((struct record){RECORD_READ, outcome, 0, error}, AT_FDCWD, path);
}

/* What somebody else answers cannot be told from the log. */
WATCH(int, connect, int fd, const struct sockaddr *address, socklen_t length) {
  observer_enter();
  int answer = ORIGINAL(connect)(fd, address, length);
  int saved = errno;
  bool readable = answer == 0 || saved != EFAULT;
  if (readable && address && log_is_active() && length > sizeof address->sa_family) {
    int family = address->sa_family;
    if (family == AF_INET || family == AF_INET6) record_network();
    if (family == AF_UNIX)
      record_local_socket((const struct sockaddr_un *)address, length, answer == 0 ? 0 : saved);
  }
  errno = saved;
  return answer;
}
