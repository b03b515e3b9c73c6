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

static void record_network(const char *function) {
  struct record record = {RECORD_UNWATCHABLE, OUTCOME_DONE, UNWATCHABLE_NETWORK, 0};
  log_append_string(record, function);
}

/* A local socket is a file that something else answers from, as behind a pipe. */
static void record_local_socket(const struct sockaddr_un *address, socklen_t length, int error) {
  char path[sizeof address->sun_path + 1] = "";
  size_t size = length - offsetof(struct sockaddr_un, sun_path);
  if (size > sizeof address->sun_path) size = sizeof address->sun_path;
  memcpy(path, address->sun_path, size);
  if (!path[0]) {
    record_network("connect"); /* one without a file's name */
    return;
  }
  bool absent = error == ENOENT || error == ENOTDIR;
  enum outcome outcome = absent ? OUTCOME_ABSENT : OUTCOME_OTHER;
  record_path((struct record){RECORD_READ, outcome, 0, error}, AT_FDCWD, path);
}

void record_address(const char *function, const struct sockaddr *address, socklen_t length,
                    int error) {
  if (error == EFAULT || !address || !log_is_active()) return;
  if (length <= sizeof address->sa_family) return;
  int family = address->sa_family;
  if (family == AF_INET || family == AF_INET6) record_network(function);
  if (family == AF_UNIX) record_local_socket((const struct sockaddr_un *)address, length, error);
}

/* What somebody else answers cannot be told from the log. Whoever takes a place for himself (bind) is
 * told there whatever comes. */
#define WATCH_ADDRESS(name)                                                     \
  WATCH(int, name, int fd, const struct sockaddr *address, socklen_t length) {  \
    observer_enter();                                                           \
    int answer = ORIGINAL(name)(fd, address, length);                           \
    int saved = errno;                                                          \
    record_address(#name, address, length, answer == 0 ? 0 : saved);            \
    errno = saved;                                                              \
    return answer;                                                              \
  }
WATCH_ADDRESS(connect)
WATCH_ADDRESS(bind)

WATCH(ssize_t, sendto, int fd, const void *bytes, size_t size, int flags,
      const struct sockaddr *address, socklen_t length) {
  observer_enter();
  ssize_t answer = ORIGINAL(sendto)(fd, bytes, size, flags, address, length);
  int saved = errno;
  record_address("sendto", address, length, answer < 0 ? saved : 0);
  errno = saved;
  return answer;
}

void record_message(const char *function, const struct msghdr *message, int error) {
  if (error == EFAULT || !message) return;
  record_address(function, message->msg_name, message->msg_namelen, error);
}

WATCH(ssize_t, sendmsg, int fd, const struct msghdr *message, int flags) {
  observer_enter();
  ssize_t answer = ORIGINAL(sendmsg)(fd, message, flags);
  int saved = errno;
  record_message("sendmsg", message, answer < 0 ? saved : 0);
  errno = saved;
  return answer;
}

WATCH(int, sendmmsg, int fd, struct mmsghdr *messages, unsigned count, int flags) {
  observer_enter();
  int answer = ORIGINAL(sendmmsg)(fd, messages, count, flags);
  int saved = errno;
  int error = answer < 0 ? saved : 0;
  unsigned sent = answer > 0 ? (unsigned)answer : 1;
  for (unsigned at = 0; at < sent && at < count && error != EFAULT; at++)
    record_message("sendmmsg", &messages[at].msg_hdr, error);
  errno = saved;
  return answer;
}

/* libc asks servers of names with calls of its own, which nobody sees. */
WATCH(int, getaddrinfo, const char *node, const char *service, const struct addrinfo *hints,
      struct addrinfo **found) {
  observer_enter();
  if (log_is_active()) record_network("getaddrinfo");
  return ORIGINAL(getaddrinfo)(node, service, hints, found);
}
