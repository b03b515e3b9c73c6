// Watches opening of files: open, openat, creat, fopen, freopen in all their spellings.
// Owns the decision whether an open is a READ or a WRITE.
#define _GNU_SOURCE
#include <stdarg.h>
#include <string.h>

#include "observer.h"
#include "raw-syscall.h"
#include "watch-files.h"
#include "watch-probes.h"

static bool is_write(int flags) {
  return (flags & O_ACCMODE) == O_WRONLY || (flags & O_ACCMODE) == O_RDWR ||
         (flags & (O_CREAT | O_TRUNC)) != 0;
}

static bool needs_mode(int flags) {
  return (flags & O_CREAT) != 0 || (flags & O_TMPFILE) == O_TMPFILE;
}

static struct record opened_record(int fd, int flags) {
  struct record record = {is_write(flags) ? RECORD_WRITE : RECORD_READ, OUTCOME_OTHER, 0, 0};
  struct stat status;
  if (raw_fstat(fd, &status) != 0) return record;
  record.outcome = outcome_of_mode(status.st_mode);
  bool fresh = (flags & O_TRUNC) != 0 || (flags & (O_CREAT | O_EXCL)) == (O_CREAT | O_EXCL);
  if (record.kind == RECORD_WRITE && !fresh && S_ISREG(status.st_mode) && status.st_size > 0) {
    record.flags = WRITE_KEEPS_CONTENT;
  }
  /* A handle that can only be asked about, not read from, tells no more than a stat. */
  if (flags & O_PATH) record.kind = RECORD_PROBE;
  return record;
}

void record_open(int dir, const char *path, int flags, int fd, int error, const void *caller) {
  if (!log_is_active()) return;
  if ((flags & O_TMPFILE) == O_TMPFILE) {
    flags = O_PATH; /* names a directory and leaves nothing in it */
  }
  if (fd >= 0) {
    if (is_write(flags)) record_touched(dir, path, caller);
    record_path(opened_record(fd, flags), dir, path);
  } else if (error != EFAULT) {
    enum record_kind kind = is_write(flags) ? RECORD_WRITE : RECORD_READ;
    if (flags & O_PATH) kind = RECORD_PROBE;
    record_path((struct record){kind, outcome_of_errno(error), 0, error}, dir, path);
  }
}

static int recorded_open(int dir, const char *path, int flags, int fd, const void *caller) {
  record_open(dir, path, flags, fd, fd < 0 ? errno : 0, caller);
  return fd;
}

#define OPTIONAL_MODE(flags)    \
  mode_t mode = 0;              \
  if (needs_mode(flags)) {      \
    va_list rest;               \
    va_start(rest, flags);      \
    mode = va_arg(rest, mode_t); \
    va_end(rest);               \
  }

#define WATCH_OPEN(name)                                                           \
  WATCH(int, name, const char *path, int flags, ...) {                             \
    OPTIONAL_MODE(flags)                                                           \
    observer_enter();                                                              \
    return recorded_open(AT_FDCWD, path, flags, ORIGINAL(name)(path, flags, mode), CALLER()); \
  }
WATCH_OPEN(open)
WATCH_OPEN(open64)

#define WATCH_OPENAT(name)                                                             \
  WATCH(int, name, int dir, const char *path, int flags, ...) {                        \
    OPTIONAL_MODE(flags)                                                               \
    observer_enter();                                                                  \
    return recorded_open(dir, path, flags, ORIGINAL(name)(dir, path, flags, mode), CALLER());    \
  }
WATCH_OPENAT(openat)
WATCH_OPENAT(openat64)

#define WATCH_OPEN_2(name)                                                   \
  WATCH(int, name, const char *path, int flags) {                            \
    observer_enter();                                                        \
    return recorded_open(AT_FDCWD, path, flags, ORIGINAL(name)(path, flags), CALLER()); \
  }
WATCH_OPEN_2(__open_2)
WATCH_OPEN_2(__open64_2)

#define WATCH_OPENAT_2(name)                                                 \
  WATCH(int, name, int dir, const char *path, int flags) {                   \
    observer_enter();                                                        \
    return recorded_open(dir, path, flags, ORIGINAL(name)(dir, path, flags), CALLER()); \
  }
WATCH_OPENAT_2(__openat_2)
WATCH_OPENAT_2(__openat64_2)

#define CREAT_FLAGS (O_CREAT | O_WRONLY | O_TRUNC)

#define WATCH_CREAT(name)                                                        \
  WATCH(int, name, const char *path, mode_t mode) {                              \
    observer_enter();                                                            \
    return recorded_open(AT_FDCWD, path, CREAT_FLAGS, ORIGINAL(name)(path, mode), CALLER()); \
  }
WATCH_CREAT(creat)
WATCH_CREAT(creat64)

static int flags_of_mode(const char *mode) {
  if (!mode) return O_RDONLY;
  int access = strchr(mode, '+') ? O_RDWR : O_WRONLY;
  if (mode[0] == 'w') return access | O_CREAT | (strchr(mode, 'x') ? O_EXCL : O_TRUNC);
  if (mode[0] == 'a') return access | O_CREAT | O_APPEND;
  return access == O_RDWR ? O_RDWR : O_RDONLY;
}

static FILE *recorded_stream(const char *path, const char *mode, FILE *stream,
                             const void *caller) {
  int saved = errno;
  record_open(AT_FDCWD, path, flags_of_mode(mode), stream ? fileno(stream) : -1, saved, caller);
  errno = saved;
  return stream;
}

#define WATCH_FOPEN(name)                                             \
  WATCH(FILE *, name, const char *path, const char *mode) {           \
    observer_enter();                                                 \
    return recorded_stream(path, mode, ORIGINAL(name)(path, mode), CALLER());   \
  }
WATCH_FOPEN(fopen)
WATCH_FOPEN(fopen64)

#define WATCH_FREOPEN(name)                                                        \
  WATCH(FILE *, name, const char *path, const char *mode, FILE *stream) {          \
    observer_enter();                                                              \
    return recorded_stream(path, mode, ORIGINAL(name)(path, mode, stream), CALLER());        \
  }
WATCH_FREOPEN(freopen)
WATCH_FREOPEN(freopen64)

/* The C library opens it in the child, where nobody sees: it is there, or not, as it is now. */
static void record_open_to_come(const char *path, int flags, const void *caller) {
  if (!log_is_active()) return;
  struct stat status;
  int answer = raw_fstatat(AT_FDCWD, path, &status, 0);
  if (answer == -EFAULT) return;
  struct record record = {RECORD_READ, OUTCOME_FILE, 0, -answer};
  if (is_write(flags)) {
    record.kind = RECORD_WRITE;
    record_touched(AT_FDCWD, path, caller);
  }
  if (answer == 0) {
    record.outcome = outcome_of_mode(status.st_mode);
    bool kept = record.kind == RECORD_WRITE && !(flags & O_TRUNC);
    if (kept && S_ISREG(status.st_mode) && status.st_size > 0) record.flags = WRITE_KEEPS_CONTENT;
  } else if (answer != -ENOENT || !(flags & O_CREAT)) {
    record.outcome = outcome_of_errno(-answer);
  }
  record_path(record, AT_FDCWD, path);
}

WATCH(int, posix_spawn_file_actions_addopen, posix_spawn_file_actions_t *actions, int fd,
      const char *path, int flags, mode_t mode) {
  observer_enter();
  record_open_to_come(path, flags, CALLER());
  return ORIGINAL(posix_spawn_file_actions_addopen)(actions, fd, path, flags, mode);
}
