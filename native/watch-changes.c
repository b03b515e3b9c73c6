// Watches changes of the name space (mkdir, rename, link, unlink, temp files) and of the working
// directory. Only changes that happened are recorded: a failed one told the program nothing that a
// probe of the same path would not.
#define _GNU_SOURCE
#include "observer.h"
#include "raw-syscall.h"
#include "watch-changes.h"

void record_change(enum change change, int dir, const char *path) {
  record_path((struct record){RECORD_CHANGE, OUTCOME_DONE, change, 0}, dir, path);
}

void record_move(enum change change, int from_dir, const char *from, int to_dir, const char *to) {
  struct record record = {RECORD_CHANGE, OUTCOME_DONE, change, 0};
  record_two_paths(record, from_dir, from, to_dir, to);
}

static int changed(enum change change, int dir, const char *path, int answer) {
  if (answer == 0) record_change(change, dir, path);
  return answer;
}

static int moved(enum change change, int from_dir, const char *from, int to_dir, const char *to,
                 int answer) {
  if (answer == 0) record_move(change, from_dir, from, to_dir, to);
  return answer;
}

WATCH(int, mkdir, const char *path, mode_t mode) {
  observer_enter();
  return changed(CHANGE_MKDIR, AT_FDCWD, path, ORIGINAL(mkdir)(path, mode));
}

WATCH(int, mkdirat, int dir, const char *path, mode_t mode) {
  observer_enter();
  return changed(CHANGE_MKDIR, dir, path, ORIGINAL(mkdirat)(dir, path, mode));
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
  return moved(CHANGE_RENAME, AT_FDCWD, from, AT_FDCWD, to, ORIGINAL(rename)(from, to));
}

WATCH(int, renameat, int from_dir, const char *from, int to_dir, const char *to) {
  observer_enter();
  int answer = ORIGINAL(renameat)(from_dir, from, to_dir, to);
  return moved(CHANGE_RENAME, from_dir, from, to_dir, to, answer);
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
  return moved(CHANGE_RENAME, from_dir, from, to_dir, to, answer);
}

WATCH(int, link, const char *from, const char *to) {
  observer_enter();
  return moved(CHANGE_LINK, AT_FDCWD, from, AT_FDCWD, to, ORIGINAL(link)(from, to));
}

WATCH(int, linkat, int from_dir, const char *from, int to_dir, const char *to, int flags) {
  observer_enter();
  int answer = ORIGINAL(linkat)(from_dir, from, to_dir, to, flags);
  /* With AT_EMPTY_PATH the source is an open file, which may have no name at all. */
  if (answer == 0 && from && !*from) {
    record_change(CHANGE_NODE, to_dir, to);
    return answer;
  }
  return moved(CHANGE_LINK, from_dir, from, to_dir, to, answer);
}

WATCH(int, symlink, const char *target, const char *path) {
  observer_enter();
  return changed(CHANGE_SYMLINK, AT_FDCWD, path, ORIGINAL(symlink)(target, path));
}

WATCH(int, symlinkat, const char *target, int dir, const char *path) {
  observer_enter();
  return changed(CHANGE_SYMLINK, dir, path, ORIGINAL(symlinkat)(target, dir, path));
}

WATCH(int, unlink, const char *path) {
  observer_enter();
  return changed(CHANGE_UNLINK, AT_FDCWD, path, ORIGINAL(unlink)(path));
}

WATCH(int, unlinkat, int dir, const char *path, int flags) {
  observer_enter();
  enum change change = flags & AT_REMOVEDIR ? CHANGE_RMDIR : CHANGE_UNLINK;
  return changed(change, dir, path, ORIGINAL(unlinkat)(dir, path, flags));
}

WATCH(int, remove, const char *path) {
  observer_enter();
  return changed(CHANGE_UNLINK, AT_FDCWD, path, ORIGINAL(remove)(path));
}

WATCH(int, rmdir, const char *path) {
  observer_enter();
  return changed(CHANGE_RMDIR, AT_FDCWD, path, ORIGINAL(rmdir)(path));
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
  return changed(CHANGE_NODE, AT_FDCWD, path, answer);
}

WATCH(int, mkfifo, const char *path, mode_t mode) {
  observer_enter();
  return changed(CHANGE_NODE, AT_FDCWD, path, ORIGINAL(mkfifo)(path, mode));
}

WATCH(int, mkfifoat, int dir, const char *path, mode_t mode) {
  observer_enter();
  return changed(CHANGE_NODE, dir, path, ORIGINAL(mkfifoat)(dir, path, mode));
}

#define WATCH_TRUNCATE(name)                                                        \
  WATCH(int, name, const char *path, off_t length) {                                \
    observer_enter();                                                               \
    return changed(CHANGE_TRUNCATE, AT_FDCWD, path, ORIGINAL(name)(path, length));  \
  }
WATCH_TRUNCATE(truncate)
WATCH_TRUNCATE(truncate64)

WATCH(int, chdir, const char *path) {
  observer_enter();
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
