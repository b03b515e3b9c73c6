// Functions that read, list or start things inside libc, where nothing can be seen. They are
// forwarded unchanged; an UNWATCHABLE record makes the observation as a whole unusable.
#define _GNU_SOURCE
#include <stdarg.h>
#include <string.h>

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

/* What comes over the network cannot be told from the log. Local sockets (job servers, name
 * services) are let pass. */
WATCH(int, connect, int fd, const struct sockaddr *address, socklen_t length) {
  observer_enter();
  int answer = ORIGINAL(connect)(fd, address, length);
  bool readable = answer == 0 || errno != EFAULT;
  if (readable && address && length >= sizeof address->sa_family &&
      (address->sa_family == AF_INET || address->sa_family == AF_INET6)) {
    struct record record = {RECORD_UNWATCHABLE, OUTCOME_DONE, UNWATCHABLE_NETWORK, 0};
    log_append_string(record, "connect");
  }
  return answer;
}
