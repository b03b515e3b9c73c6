// Stands for a user's own preloaded library: proves its presence, and opens a file from a
// constructor that may run before the observer's.
#include <fcntl.h>
#include <unistd.h>

__attribute__((constructor)) static void announce(void) {
  static const char text[] = "preloaded\n";
  int fd = open("in/open", O_RDONLY);
  if (fd >= 0) close(fd);
  if (write(2, text, sizeof text - 1) < 0) _exit(1);
}
