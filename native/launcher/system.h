// The few things a program without libc needs: memory, texts, system calls, the end.
#ifndef KACHE_LAUNCHER_SYSTEM_H
#define KACHE_LAUNCHER_SYSTEM_H

#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/un.h>

#include "../raw-syscall.h"

/** What this process was started with. */
struct call {
  long argc;
  const char *const *argv;
  const char *const *envp;
  long envc;
};

enum { ERROR_INTERRUPTED = -4, ERROR_CLOSED = -9, ERROR_AGAIN = -11, ERROR_PIPE = -32 };

static inline void copy(void *to, const void *from, size_t length) {
  char *target = to;
  const char *source = from;
  for (size_t i = 0; i < length; i += 1) target[i] = source[i];
}

static inline void fill(void *to, char value, size_t length) {
  char *target = to;
  for (size_t i = 0; i < length; i += 1) target[i] = value;
}

static inline size_t length_of(const char *text) {
  size_t length = 0;
  while (text[length] != 0) length += 1;
  return length;
}

/** Whether the text begins with the other one. */
static inline int begins_with(const char *text, const char *start) {
  while (*start != 0) {
    if (*text != *start) return 0;
    text += 1;
    start += 1;
  }
  return 1;
}

/** Fresh memory; null when there is none. Never given back: this process ends or becomes another. */
static inline void *new_memory(size_t length) {
  long at = raw_syscall(SYS_mmap, 0, (long)length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  return at < 0 && at > -4096 ? NULL : (void *)at;
}

/** The descriptor under a number that is no standard stream's. */
static inline int above_standard(int fd) {
  if (fd < 0 || fd > 2) return fd;
  long moved = raw_syscall(SYS_fcntl, fd, F_DUPFD_CLOEXEC, 3, 0, 0, 0);
  raw_close(fd);
  return moved < 0 ? -1 : (int)moved;
}

/** Waits for one descriptor; 0 when nothing happened in time. */
static inline int wait_for(int fd, short events, int wait_ms) {
  struct pollfd one = {fd, events, 0};
  long ready;
  do ready = raw_syscall(SYS_poll, (long)&one, 1, wait_ms, 0, 0, 0);
  while (ready == ERROR_INTERRUPTED);
  return ready > 0;
}

/** What came of writing: nobody reads it, everything is written, or that failed. */
enum { WRITE_UNREAD, WRITE_DONE, WRITE_FAILED };

/** Writes everything, also to what somebody else made non-blocking. */
static inline int write_all(int fd, const char *bytes, size_t length) {
  while (length > 0) {
    long wrote = raw_syscall(SYS_write, fd, (long)bytes, (long)length, 0, 0, 0);
    if (wrote == ERROR_INTERRUPTED) continue;
    if (wrote == ERROR_AGAIN) {
      wait_for(fd, POLLOUT, -1);
      continue;
    }
    if (wrote == ERROR_PIPE) return WRITE_UNREAD;
    // rustc and clang put /dev/null in the place of a closed stream.
    if (wrote <= 0) return wrote == ERROR_CLOSED ? WRITE_DONE : WRITE_FAILED;
    bytes += wrote;
    length -= (size_t)wrote;
  }
  return WRITE_DONE;
}

static inline __attribute__((noreturn)) void end_with(int status) {
  for (;;) raw_syscall(SYS_exit_group, status, 0, 0, 0, 0, 0);
}

static inline unsigned long bit_of(int signal) { return 1ul << (signal - 1); }

/** Blocks these signals as well, and tells which were blocked. */
static inline unsigned long block_signals(unsigned long more) {
  unsigned long before = 0;
  raw_syscall(SYS_rt_sigprocmask, SIG_BLOCK, (long)&more, (long)&before, sizeof more, 0, 0);
  return before;
}

/** Blocks what was blocked before. A broken pipe that came meanwhile is forgotten. */
static inline void unblock_signals(unsigned long before) {
  unsigned long pipe = bit_of(SIGPIPE) & ~before;
  struct timespec now = {0, 0};
  if (pipe != 0) raw_syscall(SYS_rt_sigtimedwait, (long)&pipe, 0, (long)&now, sizeof pipe, 0, 0);
  raw_syscall(SYS_rt_sigprocmask, SIG_SETMASK, (long)&before, 0, sizeof before, 0, 0);
}

/** Ends as the compiler did. */
static inline __attribute__((noreturn)) void end_by_signal(int signal) {
  long pid = raw_syscall(SYS_getpid, 0, 0, 0, 0, 0, 0);
  raw_syscall(SYS_kill, pid, signal, 0, 0, 0, 0);
  end_with(128 + signal);
}

#endif
