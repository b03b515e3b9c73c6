// Calls one family of watched functions, named by the first argument, in the working directory.
// The test knows the paths used here and checks that each left its record.
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <glob.h>
#include <limits.h>
#include <locale.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

int __open_2(const char *path, int flags);
int __xstat(int version, const char *path, struct stat *status);
int __lxstat(int version, const char *path, struct stat *status);

static void opens(int dir) {
  open("in/open", O_RDONLY);
  open64("in/open64", O_RDONLY);
  openat(dir, "openat", O_RDONLY);
  openat64(dir, "openat64", O_RDONLY);
  __open_2("in/open_2", O_RDONLY);
  fopen("in/fopen", "r");
  fopen64("in/fopen64", "re");
  freopen("in/freopen", "r", stdin);
  open("in/missing", O_RDONLY);
  open("in/open/below-a-file", O_RDONLY);
  open("in", O_RDONLY | O_DIRECTORY);
  open("/dev/null", O_RDONLY);
  syscall(SYS_openat, dir, "syscall-openat", O_RDONLY);
  open((const char *)8, O_RDONLY); /* a bad address */
}

static void writes(int dir) {
  creat("made-creat", 0644);
  open("made-open", O_WRONLY | O_CREAT, 0644);
  openat(dir, "made-openat", O_RDWR | O_CREAT | O_TRUNC, 0644);
  fopen("made-fopen", "w");
  fopen("made-append", "a+");
  open("in/kept", O_RDWR);
  open("in/truncated", O_RDWR | O_TRUNC);
  open("made-open", O_RDONLY); /* written before: no input */
}

static void probes(int dir) {
  struct stat status;
  struct stat64 status64;
  struct statx wide;
  char buffer[PATH_MAX];
  stat("in/stat", &status);
  stat64("in/stat64", &status64);
  lstat("in/link", &status);
  fstatat(dir, "fstatat", &status, 0);
  statx(dir, "statx", 0, STATX_ALL, &wide);
  statx(dir, "", AT_EMPTY_PATH, STATX_ALL, &wide);
  access("in/access", R_OK);
  faccessat(dir, "faccessat", R_OK, 0);
  euidaccess("in/euidaccess", R_OK);
  readlink("in/readlink", buffer, sizeof buffer);
  readlinkat(dir, "readlinkat", buffer, sizeof buffer);
  free(realpath("in/realpath", NULL));
  free(canonicalize_file_name("in/canonicalize"));
  stat("in/stat-missing", &status);
  access("in/access-missing", F_OK);
  stat("in", &status);
  syscall(SYS_statx, dir, "syscall-statx", 0, STATX_ALL, &wide);
}

static void lists(int dir) {
  struct dirent **names;
  closedir(opendir("list-opendir"));
  closedir(fdopendir(openat(AT_FDCWD, "list-fdopendir", O_RDONLY | O_DIRECTORY)));
  scandir("list-scandir", &names, NULL, NULL);
  scandirat(dir, "../list-scandirat", &names, NULL, NULL);
  opendir("list-missing");
}

static void changes(int dir) {
  char directory[] = "temp-dir-XXXXXX", file[] = "temp-file-XXXXXX";
  mkdir("made-dir", 0755);
  mkdirat(dir, "made-dirat", 0755);
  close(open("made-dir/file", O_CREAT | O_WRONLY, 0644));
  open("made-dir/file", O_RDONLY);
  access("made-dir/never", F_OK);
  rename("made-dir", "renamed-dir");
  open("renamed-dir/file", O_RDONLY);
  link("in/linked", "made-link");
  symlink("in/open", "made-symlink");
  open("made-symlink", O_RDONLY); /* the run's own name, not its own content */
  unlink("in/unlinked");
  mkdtemp(directory);
  close(mkstemp(file));
  puts(directory);
  puts(file);
  access("absent-then-made", F_OK);
  close(open("absent-then-made", O_CREAT | O_WRONLY, 0644));
  if (chdir("elsewhere") == 0) open("after-chdir", O_RDONLY);
}

static void environment(void) {
  getenv("FAMILY_SET");
  secure_getenv("FAMILY_UNSET");
  for (int time = 0; time < 100; time++) getenv("FAMILY_SET");
  setlocale(LC_ALL, "");
}

static int ignore(const char *path, const struct stat *status, int kind) {
  return path == NULL || status == NULL || kind < -9;
}

/* Says something to a place of this machine, without a connection. */
static int sends(const char *name) {
  struct sockaddr_in to = {AF_INET, htons(9), {htonl(INADDR_LOOPBACK)}};
  struct iovec text = {"x", 1};
  struct mmsghdr message = {{&to, sizeof to, &text, 1}};
  int fd = socket(AF_INET, SOCK_DGRAM, 0);
  if (strcmp(name, "sendto") == 0)
    return sendto(fd, "x", 1, 0, (struct sockaddr *)&to, sizeof to) != 1;
  if (strcmp(name, "sendmsg") == 0) return sendmsg(fd, &message.msg_hdr, 0) != 1;
  if (strcmp(name, "sendmmsg") == 0) return sendmmsg(fd, &message, 1, 0) != 1;
  if (strcmp(name, "syscall-sendto") == 0)
    return syscall(SYS_sendto, fd, "x", 1, 0, &to, sizeof to) != 1;
  to.sin_port = 0;
  return bind(fd, (struct sockaddr *)&to, sizeof to);
}

static int opaque(const char *name) {
  struct addrinfo *address;
  if (strcmp(name, "getaddrinfo") == 0) return getaddrinfo("127.0.0.1", "9", NULL, &address);
  if (strstr(name, "send") || strcmp(name, "bind") == 0) return sends(name);
  glob_t found;
  if (strcmp(name, "glob") == 0) return glob("*.none", 0, NULL, &found) == GLOB_NOMATCH ? 0 : 1;
  if (strcmp(name, "ftw") == 0) return ftw(".", ignore, 4);
  if (strcmp(name, "io_uring") == 0) return syscall(425 /* io_uring_setup */, 0, NULL) != -1;
  if (strcmp(name, "popen") == 0) return pclose(popen("exit 0", "r"));
  return system("exit 0");
}

int main(int count, char **arguments) {
  if (count < 2) return 2;
  const char *family = arguments[1];
  int dir = open("in", O_RDONLY | O_DIRECTORY);
  if (strcmp(family, "opens") == 0) opens(dir);
  else if (strcmp(family, "writes") == 0) writes(dir);
  else if (strcmp(family, "probes") == 0) probes(dir);
  else if (strcmp(family, "lists") == 0) lists(dir);
  else if (strcmp(family, "changes") == 0) changes(dir);
  else if (strcmp(family, "environment") == 0) environment();
  else return opaque(family);
  return 0;
}
