// System calls made without libc, for x86-64 and aarch64.
// Owns the calling convention only. Used wherever going through libc would come back into our own
// interposed functions, touch errno, take a lock or allocate: that is, everywhere in this library.
#ifndef KACHE_RAW_SYSCALL_H
#define KACHE_RAW_SYSCALL_H

#include <fcntl.h>
#include <stddef.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#if !defined(__x86_64__) && !defined(__aarch64__)
#error "the observer knows x86-64 and aarch64 only"
#endif

/** One system call; the answer is the kernel's own, a negative errno on failure. */
static inline long raw_syscall(long number, long a, long b, long c, long d, long e, long f) {
#if defined(__x86_64__)
  long answer;
  register long r10 __asm__("r10") = d;
  register long r8 __asm__("r8") = e;
  register long r9 __asm__("r9") = f;
  __asm__ volatile("syscall"
                   : "=a"(answer)
                   : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
                   : "rcx", "r11", "memory");
  return answer;
#else
  register long x8 __asm__("x8") = number;
  register long x0 __asm__("x0") = a;
  register long x1 __asm__("x1") = b;
  register long x2 __asm__("x2") = c;
  register long x3 __asm__("x3") = d;
  register long x4 __asm__("x4") = e;
  register long x5 __asm__("x5") = f;
  __asm__ volatile("svc 0"
                   : "+r"(x0)
                   : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5)
                   : "memory");
  return x0;
#endif
}

static inline int raw_getpid(void) { return (int)raw_syscall(SYS_getpid, 0, 0, 0, 0, 0, 0); }

static inline int raw_getppid(void) { return (int)raw_syscall(SYS_getppid, 0, 0, 0, 0, 0, 0); }

static inline int raw_open(const char *path, int flags) {
  return (int)raw_syscall(SYS_openat, AT_FDCWD, (long)path, flags, 0, 0, 0);
}

static inline void raw_close(int fd) { raw_syscall(SYS_close, fd, 0, 0, 0, 0, 0); }

static inline long raw_pread(int fd, void *buffer, size_t length, long offset) {
  return raw_syscall(SYS_pread64, fd, (long)buffer, (long)length, offset, 0, 0);
}

static inline int raw_fstat(int fd, struct stat *status) {
  return (int)raw_syscall(SYS_fstat, fd, (long)status, 0, 0, 0, 0);
}

static inline int raw_fstatat(int dir, const char *path, struct stat *status, int flags) {
  return (int)raw_syscall(SYS_newfstatat, dir, (long)path, (long)status, flags, 0, 0);
}

static inline int raw_access(const char *path, int mode) {
  return (int)raw_syscall(SYS_faccessat, AT_FDCWD, (long)path, mode, 0, 0, 0);
}

/** Not terminated; answers the length or a negative errno. */
static inline long raw_readlink(const char *path, char *buffer, size_t size) {
  return raw_syscall(SYS_readlinkat, AT_FDCWD, (long)path, (long)buffer, (long)size, 0, 0);
}

#endif
