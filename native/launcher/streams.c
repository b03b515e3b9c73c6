// The standard streams. src/base/streams.ts is the same for calls of their own process.
#include "streams.h"

#include <sys/vfs.h>

#include "system.h"

/** Devices of memory (major 1) by their minor numbers: null(4), full(4). */
enum { DEVICE_NULL = 1 << 8 | 3, DEVICE_FULL = 1 << 8 | 7 };
/** More than what is served of a stream. A file system with less room may be full before a compiler has said all. */
#define ROOM_BYTES (4ul << 20)
enum { ONE_FILE = 1 << 3 };

static long control(int fd, int command) { return raw_syscall(SYS_fcntl, fd, command, 0, 0, 0, 0); }

void hold_closed_streams(void) {
  // The lowest number that is free is the next one's.
  for (int fd = 0; fd <= 2; fd += 1) {
    if (control(fd, F_GETFD) == ERROR_CLOSED) raw_open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  }
}

static int is_device(const struct stat *status, unsigned long device) {
  return S_ISCHR(status->st_mode) && status->st_rdev == device;
}

static int is_lost(int fd) {
  struct stat status;
  if (raw_fstat(fd, &status) != 0 || (control(fd, F_GETFL) & O_ACCMODE) == O_RDONLY) return 1;
  if (!S_ISREG(status.st_mode)) return is_device(&status, DEVICE_FULL);
  struct statfs system;
  if (raw_syscall(SYS_fstatfs, fd, (long)&system, 0, 0, 0, 0) != 0 || system.f_blocks == 0) return 0;
  return system.f_bavail < ROOM_BYTES / (unsigned long)system.f_bsize;
}

int is_stream_lost(void) {
  if (is_lost(1) || is_lost(2)) return 1;
  struct pollfd set[] = {{1, 0, 0}, {2, 0, 0}};
  if (raw_syscall(SYS_poll, (long)set, 2, 0, 0, 0, 0) <= 0) return 0;
  return ((set[0].revents | set[1].revents) & POLLERR) != 0;
}

unsigned describe_streams(void) {
  char mode[128]; // struct termios of the kernel: 36 bytes
  unsigned bits = 0;
  for (int fd = 0; fd <= 2; fd += 1) {
    if (raw_syscall(SYS_ioctl, fd, 0x5401 /* TCGETS */, (long)mode, 0, 0, 0) == 0) bits |= 1u << fd;
  }
  struct stat out;
  struct stat err;
  if (raw_fstat(1, &out) != 0 || raw_fstat(2, &err) != 0 || is_device(&out, DEVICE_NULL)) return bits;
  return out.st_dev == err.st_dev && out.st_ino == err.st_ino ? bits | ONE_FILE : bits;
}
