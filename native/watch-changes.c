// Watches changes of the name space (mkdir, rename, link, unlink, temp files) and of the working
// directory. One that failed told the program what a question about the path would have.
#define _GNU_SOURCE
#include "observer.h"
#include "raw-syscall.h"
#include "watch-changes.h"
#include "watch-probes.h"

static void record_change(enum change change, int dir, const char *path) {
  record_path((struct record){RECORD_CHANGE, OUTCOME_DONE, change, 0}, dir, path);
}

static void record_move(enum change change, int from_dir, const char *from, int to_dir,
                        const char *to) {
  struct record record = {RECORD_CHANGE, OUTCOME_DONE, change, 0};
  record_two_paths(record, from_dir, from, to_dir, to);
}

void record_changed(enum change change, int dir, const char *path, int error,
                    const void *caller) {
  if (error == 0) {
    record_touched(dir, path, caller);
    record_change(change, dir, path);
    return;
  }
  record_aside(dir, path, AT_SYMLINK_NOFOLLOW, caller);
  /* What is in the directory is why. */
  if (error == ENOTEMPTY) record_listed_aside(dir, path, caller);
}

void record_moved(enum change change, int from_dir, const char *from, int to_dir, const char *to,
                  int error, const void *caller) {
  if (error == 0) {
    record_touched(to_dir, to, caller);
    record_move(change, from_dir, from, to_dir, to);
    return;
  }
  record_aside(from_dir, from, AT_SYMLINK_NOFOLLOW, caller);
  record_aside(to_dir, to, AT_SYMLINK_NOFOLLOW, caller);
  if (error == ENOTEMPTY) record_listed_aside(to_dir, to, caller);
}

static int changed(enum change change, int dir, const char *path, int answer,
                   const void *caller) {
  record_changed(change, dir, path, answer == 0 ? 0 : errno, caller);
  return answer;
}

static int moved(enum change change, int from_dir, const char *from, int to_dir, const char *to,
                 int answer, const void *caller) {
  record_moved(change, from_dir, from, to_dir, to, answer == 0 ? 0 : errno, caller);
  return answer;
}

WATCH(int, mkdir, const char *path, mode_t mode) {
  observer_enter();
  return changed(CHANGE_MKDIR, AT_FDCWD, path, ORIGINAL(mkdir)(path, mode), CALLER());
}

WATCH(int, mkdirat, int dir, const char *path, mode_t mode) {
  observer_enter();
  return changed(CHANGE_MKDIR, dir, path, ORIGINAL(mkdirat)(dir, path, mode), CALLER());
}

WATCH(char *, mkdtemp, char *template) {
  observer_enter();
  char *answer = ORIGINAL(mkdtemp)(template);
  if (answer) record_change(CHANGE_TEMP_DIRECTORY, AT_FDCWD, answer);
  return answer;
}

static int made_temp_file(const char *template, int fd) {
  if (fd >= 0) record_change(CHANGE_TEMP_FILE, AT_FDCWD, template);
  return fd;
}

#define WATCH_MKSTEMP(name)                                      \
  WATCH(int, name, char *template) {                             \
    observer_enter();                                            \
    return made_temp_file(template, ORIGINAL(name)(template));   \
  }
WATCH_MKSTEMP(mkstemp)
WATCH_MKSTEMP(mkstemp64)

/* One more int: flags for mkostemp, length of the suffix for mkstemps. */
#define WATCH_MKSTEMP_INT(name)                                      \
  WATCH(int, name, char *template, int extra) {                      \
    observer_enter();                                                \
    return made_temp_file(template, ORIGINAL(name)(template, extra)); \
  }
WATCH_MKSTEMP_INT(mkostemp)
WATCH_MKSTEMP_INT(mkostemp64)
WATCH_MKSTEMP_INT(mkstemps)
WATCH_MKSTEMP_INT(mkstemps64)

#define WATCH_MKOSTEMPS(name)                                                \
  WATCH(int, name, char *template, int suffix, int flags) {                  \
    observer_enter();                                                        \
    return made_temp_file(template, ORIGINAL(name)(template, suffix, flags)); \
  }
WATCH_MKOSTEMPS(mkostemps)
WATCH_MKOSTEMPS(mkostemps64)

WATCH(int, rename, const char *from, const char *to) {
  observer_enter();
  return moved(CHANGE_RENAME, AT_FDCWD, from, AT_FDCWD, to, ORIGINAL(rename)(from, to), CALLER());
}

WATCH(int, renameat, int from_dir, const char *from, int to_dir, const char *to) {
  observer_enter();
  int answer = ORIGINAL(renameat)(from_dir, from, to_dir, to);
  return moved(CHANGE_RENAME, from_dir, from, to_dir, to, answer, CALLER());
}

WATCH(int, renameat2, int from_dir, const char *from, int to_dir, const char *to, unsigned flags) {
  observer_enter();
  int answer;
  if (ORIGINAL(renameat2)) {
    answer = originals.renameat2(from_dir, from, to_dir, to, flags);
  } else {
    long raw = raw_syscall(SYS_renameat2, from_dir, (long)from, to_dir, (long)to, flags, 0);
    answer = raw < 0 ? -1 : 0;
    if (raw < 0) errno = (int)-raw;
  }
  return moved(CHANGE_RENAME, from_dir, from, to_dir, to, answer, CALLER());
}

WATCH(int, link, const char *from, const char *to) {
  observer_enter();
  return moved(CHANGE_LINK, AT_FDCWD, from, AT_FDCWD, to, ORIGINAL(link)(from, to), CALLER());
}

WATCH(int, linkat, int from_dir, const char *from, int to_dir, const char *to, int flags) {
  observer_enter();
  int answer = ORIGINAL(linkat)(from_dir, from, to_dir, to, flags);
  /* With AT_EMPTY_PATH the source is an open file, which may have no name at all. */
  if (answer == 0 && from && !*from) return changed(CHANGE_NODE, to_dir, to, answer, CALLER());
  return moved(CHANGE_LINK, from_dir, from, to_dir, to, answer, CALLER());
}

WATCH(int, symlink, const char *target, const char *path) {
  observer_enter();
  return changed(CHANGE_SYMLINK, AT_FDCWD, path, ORIGINAL(symlink)(target, path), CALLER());
}

WATCH(int, symlinkat, const char *target, int dir, const char *path) {
  observer_enter();
  return changed(CHANGE_SYMLINK, dir, path, ORIGINAL(symlinkat)(target, dir, path), CALLER());
}

WATCH(int, unlink, const char *path) {
  observer_enter();
  return changed(CHANGE_UNLINK, AT_FDCWD, path, ORIGINAL(unlink)(path), CALLER());
}

WATCH(int, unlinkat, int dir, const char *path, int flags) {
  observer_enter();
  enum change change = flags & AT_REMOVEDIR ? CHANGE_RMDIR : CHANGE_UNLINK;
  return changed(change, dir, path, ORIGINAL(unlinkat)(dir, path, flags), CALLER());
}

WATCH(int, remove, const char *path) {
  observer_enter();
  return changed(CHANGE_UNLINK, AT_FDCWD, path, ORIGINAL(remove)(path), CALLER());
}

WATCH(int, rmdir, const char *path) {
  observer_enter();
  return changed(CHANGE_RMDIR, AT_FDCWD, path, ORIGINAL(rmdir)(path), CALLER());
}

WATCH(int, mknod, const char *path, mode_t mode, dev_t device) {
  observer_enter();
  /* Before glibc 2.33 mknod was an inline around __xmknod, so libc may lack it. */
  int answer;
  if (ORIGINAL(mknod)) {
    answer = originals.mknod(path, mode, device);
  } else {
    long raw = raw_syscall(SYS_mknodat, AT_FDCWD, (long)path, mode, (long)device, 0, 0);
    answer = raw < 0 ? -1 : 0;
    if (raw < 0) errno = (int)-raw;
  }
  return changed(CHANGE_NODE, AT_FDCWD, path, answer, CALLER());
}

WATCH(int, mkfifo, const char *path, mode_t mode) {
  observer_enter();
  return changed(CHANGE_NODE, AT_FDCWD, path, ORIGINAL(mkfifo)(path, mode), CALLER());
}

WATCH(int, mkfifoat, int dir, const char *path, mode_t mode) {
  observer_enter();
  return changed(CHANGE_NODE, dir, path, ORIGINAL(mkfifoat)(dir, path, mode), CALLER());
}

#define WATCH_TRUNCATE(name)                                                        \
  WATCH(int, name, const char *path, off_t length) {                                \
    observer_enter();                                                               \
    return changed(CHANGE_TRUNCATE, AT_FDCWD, path, ORIGINAL(name)(path, length), CALLER()); \
  }
WATCH_TRUNCATE(truncate)
WATCH_TRUNCATE(truncate64)

WATCH(int, chdir, const char *path) {
  observer_enter();
  record_aside(AT_FDCWD, path, 0, CALLER());
  int answer = ORIGINAL(chdir)(path);
  if (answer == 0) forget_working_directory();
  return answer;
}

WATCH(int, fchdir, int fd) {
  observer_enter();
  int answer = ORIGINAL(fchdir)(fd);
  if (answer == 0) forget_working_directory();
  return answer;
}

/* Calls that are for something else and fail, or not, by whether the path is there. */
#define LIST(...) __VA_ARGS__
#define WATCH_ASIDE(name, flags, parameters, arguments)  \
  WATCH(int, name, parameters) {                         \
    observer_enter();                                    \
    record_aside(AT_FDCWD, path, flags, CALLER());       \
    return ORIGINAL(name) arguments;                     \
  }
WATCH_ASIDE(chmod, 0, LIST(const char *path, mode_t mode), (path, mode))
WATCH_ASIDE(chown, 0, LIST(const char *path, uid_t user, gid_t group), (path, user, group))
WATCH_ASIDE(lchown, AT_SYMLINK_NOFOLLOW, LIST(const char *path, uid_t user, gid_t group),
            (path, user, group))
WATCH_ASIDE(utimes, 0, LIST(const char *path, const struct timeval times[2]), (path, times))
WATCH_ASIDE(statfs, 0, LIST(const char *path, struct statfs *answer), (path, answer))
WATCH_ASIDE(statfs64, 0, LIST(const char *path, struct statfs64 *answer), (path, answer))
WATCH_ASIDE(statvfs, 0, LIST(const char *path, struct statvfs *answer), (path, answer))
WATCH_ASIDE(statvfs64, 0, LIST(const char *path, struct statvfs64 *answer), (path, answer))

WATCH(int, utimensat, int dir, const char *path, const struct timespec times[2], int flags) {
  observer_enter();
  record_aside(dir, path, flags, CALLER());
  return ORIGINAL(utimensat)(dir, path, times, flags);
}

WATCH(int, fchmodat, int dir, const char *path, mode_t mode, int flags) {
  observer_enter();
  record_aside(dir, path, flags, CALLER());
  return ORIGINAL(fchmodat)(dir, path, mode, flags);
}

WATCH(long, pathconf, const char *path, int name) {
  observer_enter();
  record_aside(AT_FDCWD, path, 0, CALLER());
  return ORIGINAL(pathconf)(path, name);
}

WATCH(int, inotify_add_watch, int fd, const char *path, uint32_t events) {
  observer_enter();
  record_aside(AT_FDCWD, path, 0, CALLER());
  return ORIGINAL(inotify_add_watch)(fd, path, events);
}

WATCH(int, name_to_handle_at, int dir, const char *path, struct file_handle *handle, int *mount,
      int flags) {
  observer_enter();
  record_aside(dir, path, AT_SYMLINK_NOFOLLOW, CALLER());
  return ORIGINAL(name_to_handle_at)(dir, path, handle, mount, flags);
}
