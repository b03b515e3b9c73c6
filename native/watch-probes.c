// Watches questions about a path that do not open it: stat, access, readlink, realpath, and the
// listing of directories.
#define _GNU_SOURCE
#include "watch-probes.h"

#include "loaded-later.h"
#include "observer.h"
#include "raw-syscall.h"

#ifndef AT_EMPTY_PATH
#define AT_EMPTY_PATH 0x1000
#endif

static struct record probe_of(int dir, const char *path, int flags, const struct stat *status,
                              int error) {
  struct record record = {RECORD_PROBE, OUTCOME_ERROR, 0, error};
  struct stat own;
  if (error != 0) {
    record.outcome = outcome_of_errno(error);
  } else if (status) {
    record.outcome = outcome_of_mode(status->st_mode);
  } else if (raw_fstatat(dir, path, &own, flags & AT_SYMLINK_NOFOLLOW) == 0) {
    record.outcome = outcome_of_mode(own.st_mode);
  } else {
    record.outcome = OUTCOME_OTHER;
  }
  return record;
}

/* A bad address cannot be read by us either; an empty path asks about a descriptor. */
static bool names_a_path(const char *path, int error) {
  return log_is_active() && error != EFAULT && path && *path;
}

void record_probe(int dir, const char *path, int flags, const struct stat *status, int error) {
  if (names_a_path(path, error)) record_path(probe_of(dir, path, flags, status, error), dir, path);
}

/* The asker counts for the answer's times: whatever else is in a stat, rustc itself may ask. */
void record_stat(int dir, const char *path, int flags, const struct stat *status, int error,
                 const void *caller) {
  if (!names_a_path(path, error)) return;
  struct record record = probe_of(dir, path, flags, status, error);
  if (error == 0) record.flags |= PROBE_TELLS_TIMES;
  record_path_from(record, dir, path, caller);
}

void record_aside(int dir, const char *path, int flags, const void *caller) {
  if (!log_is_active() || !path) return;
  struct stat own;
  int answer = raw_fstatat(dir, path, &own, flags & AT_SYMLINK_NOFOLLOW);
  if (answer == -EFAULT || !*path) return;
  struct record record = {RECORD_PROBE, OUTCOME_ERROR, PROBE_ASIDE, -answer};
  record.outcome = answer == 0 ? outcome_of_mode(own.st_mode) : outcome_of_errno(-answer);
  int saved = errno;
  record_path_from(record, dir, path, caller);
  errno = saved;
}

void record_touched(int dir, const char *path, const void *caller) {
  if (!path || !*path || !log_is_active() || !library_loaded_later(caller)) return;
  int saved = errno;
  record_path_from((struct record){RECORD_PROBE, OUTCOME_OTHER, PROBE_TOUCHES, 0}, dir, path,
                   caller);
  errno = saved;
}

void record_listed_aside(int dir, const char *path, const void *caller) {
  if (!log_is_active() || !library_loaded_later(caller)) return;
  int saved = errno;
  record_path((struct record){RECORD_LIST, OUTCOME_DIRECTORY, 0, 0}, dir, path);
  errno = saved;
}

void record_readlink(int dir, const char *path, int error) {
  /* EINVAL: there, but no symlink. */
  record_probe(dir, path, AT_SYMLINK_NOFOLLOW, NULL, error == EINVAL ? 0 : error);
}

static int recorded_stat(int dir, const char *path, int flags, struct stat *status, int answer,
                         const void *caller) {
  record_stat(dir, path, flags, status, answer == 0 ? 0 : errno, caller);
  return answer;
}

/* For a C library older than the function that a program built on a newer one asks for. */
static int stat_without_libc(int dir, const char *path, struct stat *status, int flags) {
  int answer = raw_fstatat(dir, path, status, flags);
  if (answer == 0) return 0;
  errno = -answer;
  return -1;
}

#define WATCH_STAT(name, flags)                                                  \
  WATCH(int, name, const char *path, struct stat *status) {                      \
    observer_enter();                                                            \
    int answer = ORIGINAL(name) ? originals.name(path, status)                   \
                                : stat_without_libc(AT_FDCWD, path, status, flags); \
    return recorded_stat(AT_FDCWD, path, flags, status, answer, CALLER());       \
  }
WATCH_STAT(stat, 0)
WATCH_STAT(stat64, 0)
WATCH_STAT(lstat, AT_SYMLINK_NOFOLLOW)
WATCH_STAT(lstat64, AT_SYMLINK_NOFOLLOW)

#define WATCH_FSTATAT(name)                                                     \
  WATCH(int, name, int dir, const char *path, struct stat *status, int flags) { \
    observer_enter();                                                           \
    int answer = ORIGINAL(name) ? originals.name(dir, path, status, flags)      \
                                : stat_without_libc(dir, path, status, flags);  \
    return recorded_stat(dir, path, flags, status, answer, CALLER());           \
  }
WATCH_FSTATAT(fstatat)
WATCH_FSTATAT(fstatat64)

/* The version argument selects a struct layout; 64-bit machines only ever had one. */
#define WATCH_XSTAT(name, flags)                                                 \
  WATCH(int, name, int version, const char *path, struct stat *status) {         \
    observer_enter();                                                            \
    int answer = ORIGINAL(name) ? originals.name(version, path, status)          \
                                : stat_without_libc(AT_FDCWD, path, status, flags); \
    return recorded_stat(AT_FDCWD, path, flags, status, answer, CALLER());       \
  }
WATCH_XSTAT(__xstat, 0)
WATCH_XSTAT(__xstat64, 0)
WATCH_XSTAT(__lxstat, AT_SYMLINK_NOFOLLOW)
WATCH_XSTAT(__lxstat64, AT_SYMLINK_NOFOLLOW)

#define WATCH_FXSTATAT(name)                                                             \
  WATCH(int, name, int version, int dir, const char *path, struct stat *status, int flags) { \
    observer_enter();                                                                    \
    int answer = ORIGINAL(name) ? originals.name(version, dir, path, status, flags)      \
                                : stat_without_libc(dir, path, status, flags);           \
    return recorded_stat(dir, path, flags, status, answer, CALLER());                    \
  }
WATCH_FXSTATAT(__fxstatat)
WATCH_FXSTATAT(__fxstatat64)

WATCH(int, statx, int dir, const char *path, int flags, unsigned mask, struct statx *status) {
  observer_enter();
  int answer;
  if (ORIGINAL(statx)) {
    answer = originals.statx(dir, path, flags, mask, status);
  } else {
    long raw = raw_syscall(SYS_statx, dir, (long)path, flags, mask, (long)status, 0);
    answer = raw < 0 ? -1 : 0;
    if (raw < 0) errno = (int)-raw;
  }
  record_stat(dir, path, flags, NULL, answer == 0 ? 0 : errno, CALLER());
  return answer;
}

/* An attribute is told with the times that change with it. That there is none is an answer too. */
static ssize_t recorded_attribute(const char *path, int flags, ssize_t answer, const void *caller) {
  int error = answer >= 0 || errno == ENODATA || errno == ERANGE || errno == ENOTSUP ? 0 : errno;
  record_stat(AT_FDCWD, path, flags, NULL, error, caller);
  return answer;
}

#define WATCH_GETXATTR(name, flags)                                                             \
  WATCH(ssize_t, name, const char *path, const char *attribute, void *value, size_t size) {     \
    observer_enter();                                                                           \
    return recorded_attribute(path, flags, ORIGINAL(name)(path, attribute, value, size), CALLER()); \
  }
WATCH_GETXATTR(getxattr, 0)
WATCH_GETXATTR(lgetxattr, AT_SYMLINK_NOFOLLOW)

#define WATCH_LISTXATTR(name, flags)                                                          \
  WATCH(ssize_t, name, const char *path, char *names, size_t size) {                          \
    observer_enter();                                                                         \
    return recorded_attribute(path, flags, ORIGINAL(name)(path, names, size), CALLER());      \
  }
WATCH_LISTXATTR(listxattr, 0)
WATCH_LISTXATTR(llistxattr, AT_SYMLINK_NOFOLLOW)

/* The answer follows from the mode, which is told with the times. */
static int recorded_access(int dir, const char *path, int flags, int answer, const void *caller) {
  record_stat(dir, path, flags, NULL, answer == 0 ? 0 : errno, caller);
  return answer;
}

#define WATCH_ACCESS(name)                                                    \
  WATCH(int, name, const char *path, int mode) {                              \
    observer_enter();                                                         \
    return recorded_access(AT_FDCWD, path, 0, ORIGINAL(name)(path, mode), CALLER()); \
  }
WATCH_ACCESS(access)
WATCH_ACCESS(euidaccess)
WATCH_ACCESS(eaccess)

WATCH(int, faccessat, int dir, const char *path, int mode, int flags) {
  observer_enter();
  return recorded_access(dir, path, flags, ORIGINAL(faccessat)(dir, path, mode, flags), CALLER());
}

static ssize_t recorded_readlink(int dir, const char *path, ssize_t answer) {
  record_readlink(dir, path, answer >= 0 ? 0 : errno);
  return answer;
}

WATCH(ssize_t, readlink, const char *path, char *buffer, size_t size) {
  observer_enter();
  return recorded_readlink(AT_FDCWD, path, ORIGINAL(readlink)(path, buffer, size));
}

WATCH(ssize_t, __readlink_chk, const char *path, char *buffer, size_t size, size_t room) {
  observer_enter();
  return recorded_readlink(AT_FDCWD, path, ORIGINAL(__readlink_chk)(path, buffer, size, room));
}

WATCH(ssize_t, readlinkat, int dir, const char *path, char *buffer, size_t size) {
  observer_enter();
  return recorded_readlink(dir, path, ORIGINAL(readlinkat)(dir, path, buffer, size));
}

WATCH(ssize_t, __readlinkat_chk, int dir, const char *path, char *buffer, size_t size,
      size_t room) {
  observer_enter();
  return recorded_readlink(dir, path, ORIGINAL(__readlinkat_chk)(dir, path, buffer, size, room));
}

/* The answer to a relative path tells where the working directory is. */
static char *recorded_realpath(const char *path, char *answer, const void *caller) {
  record_probe(AT_FDCWD, path, 0, NULL, answer ? 0 : errno);
  if (answer && path[0] != '/' && log_is_active()) {
    record_from((struct record){RECORD_CWD, OUTCOME_DONE, 0, 0}, answer, caller);
  }
  return answer;
}

WATCH(char *, realpath, const char *path, char *buffer) {
  observer_enter();
  return recorded_realpath(path, ORIGINAL(realpath)(path, buffer), CALLER());
}

WATCH(char *, __realpath_chk, const char *path, char *buffer, size_t room) {
  observer_enter();
  return recorded_realpath(path, ORIGINAL(__realpath_chk)(path, buffer, room), CALLER());
}

WATCH(char *, canonicalize_file_name, const char *path) {
  observer_enter();
  return recorded_realpath(path, ORIGINAL(canonicalize_file_name)(path), CALLER());
}

static void record_list(int dir, const char *path, int error) {
  if (error == EFAULT) return;
  enum outcome outcome = error == 0 ? OUTCOME_DIRECTORY : outcome_of_errno(error);
  record_path((struct record){RECORD_LIST, outcome, 0, error}, dir, path);
}

WATCH(DIR *, opendir, const char *path) {
  observer_enter();
  DIR *stream = ORIGINAL(opendir)(path);
  record_list(AT_FDCWD, path, stream ? 0 : errno);
  return stream;
}

WATCH(DIR *, fdopendir, int fd) {
  observer_enter();
  DIR *stream = ORIGINAL(fdopendir)(fd);
  if (stream) record_descriptor((struct record){RECORD_LIST, OUTCOME_DIRECTORY, 0, 0}, fd);
  return stream;
}

#define WATCH_SCANDIR(name)                                                              \
  WATCH(int, name, const char *path, struct dirent ***names, scan_filter filter,         \
        scan_order order) {                                                              \
    observer_enter();                                                                    \
    int answer = ORIGINAL(name)(path, names, filter, order);                             \
    record_list(AT_FDCWD, path, answer >= 0 ? 0 : errno);                                \
    return answer;                                                                       \
  }
WATCH_SCANDIR(scandir)
WATCH_SCANDIR(scandir64)

#define WATCH_SCANDIRAT(name)                                                            \
  WATCH(int, name, int dir, const char *path, struct dirent ***names, scan_filter filter, \
        scan_order order) {                                                              \
    observer_enter();                                                                    \
    int answer = ORIGINAL(name)(dir, path, names, filter, order);                        \
    record_list(dir, path, answer >= 0 ? 0 : errno);                                     \
    return answer;                                                                       \
  }
WATCH_SCANDIRAT(scandirat)
WATCH_SCANDIRAT(scandirat64)
