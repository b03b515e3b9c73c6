// Watches syscall(): forwards everything, and records the few numbers that open, ask, list, change
// or start. The common case (futex) costs one switch.
#define _GNU_SOURCE
#include <stdarg.h>
#include <unistd.h>

#include "loaded-later.h"
#include "observer.h"
#include "raw-syscall.h"
#include "watch-changes.h"
#include "watch-children.h"
#include "watch-files.h"
#include "watch-probes.h"
#include "watch-unwatchable.h"

#ifndef SYS_faccessat2
#define SYS_faccessat2 439
#endif
#ifndef SYS_io_uring_setup
#define SYS_io_uring_setup 425
#endif
#ifndef SYS_open_tree
#define SYS_open_tree 428
#endif
#ifndef SYS_openat2
#define SYS_openat2 437
#endif

/* First member of the kernel's struct open_how. */
static int openat2_flags(const void *how) { return how ? (int)*(const uint64_t *)how : 0; }

static const char *text_of(long argument) { return (const char *)argument; }

static void record_file_syscall(long number, const long *a, long answer, int error,
                                const void *caller) {
  switch (number) {
    case SYS_openat:
      record_open((int)a[0], text_of(a[1]), (int)a[2], (int)answer, error, caller);
      break;
    case SYS_openat2:
      if (error == EFAULT) break;
      record_open((int)a[0], text_of(a[1]), openat2_flags((const void *)a[2]), (int)answer, error, caller);
      break;
    case SYS_newfstatat:
      record_stat((int)a[0], text_of(a[1]), (int)a[3], NULL, error, caller);
      break;
    case SYS_statx:
      record_stat((int)a[0], text_of(a[1]), (int)a[2], NULL, error, caller);
      break;
    case SYS_faccessat:
      record_stat((int)a[0], text_of(a[1]), 0, NULL, error, caller);
      break;
    case SYS_faccessat2:
      record_stat((int)a[0], text_of(a[1]), (int)a[3], NULL, error, caller);
      break;
    case SYS_readlinkat:
      record_readlink((int)a[0], text_of(a[1]), error);
      break;
    case SYS_getdents64:
      if (error == 0) {
        record_descriptor((struct record){RECORD_LIST, OUTCOME_DIRECTORY, 0, 0}, (int)a[0]);
      }
      break;
    case SYS_mkdirat:
      record_changed(CHANGE_MKDIR, (int)a[0], text_of(a[1]), error, caller);
      break;
    case SYS_mknodat:
      record_changed(CHANGE_NODE, (int)a[0], text_of(a[1]), error, caller);
      break;
    case SYS_symlinkat:
      record_changed(CHANGE_SYMLINK, (int)a[1], text_of(a[2]), error, caller);
      break;
    case SYS_truncate:
      record_changed(CHANGE_TRUNCATE, AT_FDCWD, text_of(a[0]), error, caller);
      break;
    case SYS_unlinkat: {
      enum change change = (int)a[2] & AT_REMOVEDIR ? CHANGE_RMDIR : CHANGE_UNLINK;
      record_changed(change, (int)a[0], text_of(a[1]), error, caller);
      break;
    }
    case SYS_renameat2:
      record_moved(CHANGE_RENAME, (int)a[0], text_of(a[1]), (int)a[2], text_of(a[3]), error,
                   caller);
      break;
    case SYS_linkat:
      /* From an open file, which may have no name at all. */
      if (error == 0 && (a[4] & AT_EMPTY_PATH) && !*text_of(a[1])) {
        record_changed(CHANGE_NODE, (int)a[2], text_of(a[3]), 0, caller);
        break;
      }
      record_moved(CHANGE_LINK, (int)a[0], text_of(a[1]), (int)a[2], text_of(a[3]), error, caller);
      break;
    case SYS_fchmodat:
    case SYS_utimensat:
    case SYS_inotify_add_watch:
      record_aside(number == SYS_inotify_add_watch ? AT_FDCWD : (int)a[0], text_of(a[1]), 0,
                   caller);
      break;
    case SYS_name_to_handle_at:
    case SYS_open_tree:
      record_aside((int)a[0], text_of(a[1]), AT_SYMLINK_NOFOLLOW, caller);
      break;
    case SYS_statfs:
      record_aside(AT_FDCWD, text_of(a[0]), 0, caller);
      break;
    case SYS_getcwd:
      if (error == 0) {
        record_from((struct record){RECORD_CWD, OUTCOME_DONE, 0, 0}, text_of(a[0]), caller);
      }
      break;
    case SYS_io_uring_setup:
      record_function("io_uring_setup");
      break;
    case SYS_connect:
    case SYS_bind:
      record_address(number == SYS_bind ? "bind" : "connect", (const struct sockaddr *)a[1],
                     (socklen_t)a[2], error);
      break;
    case SYS_sendto:
      record_address("sendto", (const struct sockaddr *)a[4], (socklen_t)a[5], error);
      break;
    case SYS_sendmsg:
      record_message("sendmsg", (const struct msghdr *)a[1], error);
      break;
    case SYS_sendmmsg:
      if (a[2] > 0 && a[1]) {
        record_message("sendmmsg", &((const struct mmsghdr *)a[1])->msg_hdr, error);
      }
      break;
    case SYS_open_by_handle_at:
      record_function("open_by_handle_at");
      break;
    case SYS_chdir:
      if (error != 0 || text_of(a[0])[0] == '/') record_aside(AT_FDCWD, text_of(a[0]), 0, caller);
      forget_working_directory();
      break;
    case SYS_fchdir:
      forget_working_directory();
      break;
    default:
      break;
  }
}

#if defined(__x86_64__)
/* Numbers from before the *at family, which newer machines do not have. */
static void record_old_syscall(long number, const long *a, long answer, int error,
                               const void *caller) {
  switch (number) {
    case SYS_open:
      record_open(AT_FDCWD, text_of(a[0]), (int)a[1], (int)answer, error, caller);
      break;
    case SYS_creat:
      record_open(AT_FDCWD, text_of(a[0]), O_CREAT | O_WRONLY | O_TRUNC, (int)answer, error, caller);
      break;
    case SYS_stat:
    case SYS_access:
      record_stat(AT_FDCWD, text_of(a[0]), 0, NULL, error, caller);
      break;
    case SYS_lstat:
      record_stat(AT_FDCWD, text_of(a[0]), AT_SYMLINK_NOFOLLOW, NULL, error, caller);
      break;
    case SYS_readlink:
      record_readlink(AT_FDCWD, text_of(a[0]), error);
      break;
    case SYS_getdents:
      if (error == 0) {
        record_descriptor((struct record){RECORD_LIST, OUTCOME_DIRECTORY, 0, 0}, (int)a[0]);
      }
      break;
    case SYS_mkdir:
      record_changed(CHANGE_MKDIR, AT_FDCWD, text_of(a[0]), error, caller);
      break;
    case SYS_mknod:
      record_changed(CHANGE_NODE, AT_FDCWD, text_of(a[0]), error, caller);
      break;
    case SYS_symlink:
      record_changed(CHANGE_SYMLINK, AT_FDCWD, text_of(a[1]), error, caller);
      break;
    case SYS_unlink:
      record_changed(CHANGE_UNLINK, AT_FDCWD, text_of(a[0]), error, caller);
      break;
    case SYS_rmdir:
      record_changed(CHANGE_RMDIR, AT_FDCWD, text_of(a[0]), error, caller);
      break;
    case SYS_renameat:
      record_moved(CHANGE_RENAME, (int)a[0], text_of(a[1]), (int)a[2], text_of(a[3]), error,
                   caller);
      break;
    case SYS_rename:
    case SYS_link:
      record_moved(number == SYS_link ? CHANGE_LINK : CHANGE_RENAME, AT_FDCWD, text_of(a[0]),
                   AT_FDCWD, text_of(a[1]), error, caller);
      break;
    case SYS_chmod:
    case SYS_chown:
    case SYS_utimes:
      record_aside(AT_FDCWD, text_of(a[0]), 0, caller);
      break;
    default:
      record_file_syscall(number, a, answer, error, caller);
      break;
  }
}
#define RECORD_SYSCALL record_old_syscall
#else
#define RECORD_SYSCALL record_file_syscall
#endif

static long launch_by_syscall(long number, const long *a, const void *caller) {
  bool at = number == SYS_execveat;
  struct launch launch = {.form = at ? LAUNCH_EXECVEAT : LAUNCH_EXECVE,
                          .dir = at ? (int)a[0] : AT_FDCWD,
                          .path = text_of(a[at ? 1 : 0]),
                          .argv = (strings)a[at ? 2 : 1],
                          .envp = (strings)a[at ? 3 : 2],
                          .flags = at ? (int)a[4] : 0,
                          .caller = caller};
  return launch_program(&launch);
}

WATCH(long, syscall, long number, ...) {
  long a[6];
  va_list rest;
  va_start(rest, number);
  /* Fewer may have been passed; the kernel ignores what the call does not take, and so do we. */
  for (int at = 0; at < 6; at++) a[at] = va_arg(rest, long);
  va_end(rest);
  observer_enter();
  if (number == SYS_execve || number == SYS_execveat) return launch_by_syscall(number, a, CALLER());
  long answer = ORIGINAL(syscall)(number, a[0], a[1], a[2], a[3], a[4], a[5]);
  if (number != SYS_futex && log_is_active()) {
    RECORD_SYSCALL(number, a, answer, answer < 0 ? errno : 0, CALLER());
  }
  return answer;
}
