// Reads the first bytes of a program file to see how the kernel will start it.
// Runs between vfork and exec: stack and raw system calls only.
#define _GNU_SOURCE
#include "exec-target.h"

#include <elf.h>
#include <errno.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "observed-path.h"
#include "raw-syscall.h"

#if defined(__x86_64__)
#define OWN_MACHINE EM_X86_64
#else
#define OWN_MACHINE EM_AARCH64
#endif

/* The kernel reads this much of a file to find its format and a script's interpreter. */
#define HEAD_BYTES 256
#define SEGMENTS_MAX 64
#define SCRIPT_DEPTH_MAX 4

extern char **environ;

static int loader_target(int fd, const Elf64_Phdr *interpreter) {
  char path[PATH_MAX];
  size_t size = interpreter->p_filesz;
  if (size == 0 || size >= sizeof path) return UNWATCHABLE_LOADER;
  if (raw_pread(fd, path, size, (long)interpreter->p_offset) != (long)size) {
    return UNWATCHABLE_UNREADABLE;
  }
  path[size] = '\0';
  const char *slash = strrchr(path, '/');
  const char *name = slash ? slash + 1 : path;
  return strncmp(name, "ld-linux", 8) == 0 ? TARGET_WATCHABLE : UNWATCHABLE_LOADER;
}

/* Go programs make their system calls without libc, also when they are linked to it. */
static bool has_go_note(int fd, const Elf64_Phdr *segment) {
  union {
    Elf64_Nhdr aligned;
    char bytes[1024];
  } notes;
  long length = raw_pread(fd, notes.bytes, sizeof notes.bytes, (long)segment->p_offset);
  if (length > (long)segment->p_filesz) length = (long)segment->p_filesz;
  for (long at = 0; at + (long)sizeof(Elf64_Nhdr) + 4 <= length;) {
    Elf64_Nhdr note;
    memcpy(&note, notes.bytes + at, sizeof note);
    at += (long)sizeof note;
    if (note.n_namesz == 4 && memcmp(notes.bytes + at, "Go\0\0", 4) == 0) return true;
    at += (((long)note.n_namesz + 3) & ~3L) + (((long)note.n_descsz + 3) & ~3L);
  }
  return false;
}

/* The file offset of an address in a program; -1 for none. */
static long offset_of(Elf64_Addr address, const Elf64_Phdr *segments, size_t count) {
  for (size_t at = 0; at < count; at++) {
    const Elf64_Phdr *segment = &segments[at];
    bool holds = address >= segment->p_vaddr && address - segment->p_vaddr < segment->p_filesz;
    if (segment->p_type == PT_LOAD && holds) {
      return (long)(address - segment->p_vaddr + segment->p_offset);
    }
  }
  return -1;
}

/* AddressSanitizer ends a program in which another library comes first; its kin take over as much. */
static bool is_sanitizer(int fd, long at) {
  char name[32];
  long length = raw_pread(fd, name, sizeof name - 1, at);
  if (length <= 0) return false;
  name[length] = '\0';
  static const char runtimes[][6] = {"asan", "tsan", "lsan", "msan"};
  for (size_t one = 0; one < sizeof runtimes / sizeof *runtimes; one++) {
    if (strstr(name, runtimes[one])) return true;
  }
  return false;
}

/* Whether a program is linked to a sanitizer's runtime. The needed libraries stand first in the segment. */
static bool needs_sanitizer(int fd, const Elf64_Phdr *segments, size_t count) {
  Elf64_Dyn entries[64];
  long bytes = 0;
  for (size_t at = 0; at < count; at++) {
    if (segments[at].p_type != PT_DYNAMIC) continue;
    size_t size = segments[at].p_filesz < sizeof entries ? segments[at].p_filesz : sizeof entries;
    bytes = raw_pread(fd, entries, size, (long)segments[at].p_offset);
  }
  size_t used = bytes > 0 ? (size_t)bytes / sizeof *entries : 0;
  long names = -1;
  for (size_t at = 0; at < used; at++) {
    if (entries[at].d_tag == DT_STRTAB) names = offset_of(entries[at].d_un.d_ptr, segments, count);
  }
  for (size_t at = 0; at < used && names >= 0; at++) {
    if (entries[at].d_tag != DT_NEEDED) continue;
    if (is_sanitizer(fd, names + (long)entries[at].d_un.d_val)) return true;
  }
  return false;
}

static int elf_target(int fd, const Elf64_Ehdr *header, const struct stat *status) {
  if (header->e_ident[EI_CLASS] != ELFCLASS64) return UNWATCHABLE_32_BIT;
  if (header->e_machine != OWN_MACHINE) return UNWATCHABLE_MACHINE;
  if ((status->st_mode & S_ISUID) ||
      (status->st_mode & (S_ISGID | S_IXGRP)) == (S_ISGID | S_IXGRP)) {
    return UNWATCHABLE_PRIVILEGED;
  }
  if (raw_syscall(SYS_fgetxattr, fd, (long)"security.capability", 0, 0, 0, 0) > 0) {
    return UNWATCHABLE_PRIVILEGED;
  }
  Elf64_Phdr segments[SEGMENTS_MAX];
  size_t count = header->e_phnum;
  if (count > SEGMENTS_MAX || header->e_phentsize != sizeof *segments) return UNWATCHABLE_STATIC;
  long bytes = (long)(count * sizeof *segments);
  if (raw_pread(fd, segments, (size_t)bytes, (long)header->e_phoff) != bytes) {
    return UNWATCHABLE_UNREADABLE;
  }
  int target = UNWATCHABLE_STATIC;
  for (size_t at = 0; at < count; at++) {
    if (segments[at].p_type == PT_NOTE && has_go_note(fd, &segments[at])) return UNWATCHABLE_GO;
    if (segments[at].p_type == PT_INTERP) target = loader_target(fd, &segments[at]);
  }
  bool is_watchable = target == TARGET_WATCHABLE;
  return is_watchable && needs_sanitizer(fd, segments, count) ? UNWATCHABLE_SANITIZER : target;
}

/* Cuts the interpreter's path out of "#! path argument\n", in place. */
static const char *interpreter_of(char *head) {
  char *start = head + 2;
  start += strspn(start, " \t");
  start[strcspn(start, " \t\n")] = '\0';
  return start;
}

static int open_target(const char *path, struct stat *status) {
  if (raw_fstatat(AT_FDCWD, path, status, 0) != 0 || !S_ISREG(status->st_mode)) return -1;
  return raw_open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
}

int exec_target_of(const char *path) {
  union {
    Elf64_Ehdr elf;
    char bytes[HEAD_BYTES + 1];
  } head;
  for (int depth = 0; depth <= SCRIPT_DEPTH_MAX; depth++) {
    struct stat status = {0};
    int fd = open_target(path, &status);
    if (fd < 0) {
      bool runnable = S_ISREG(status.st_mode) && raw_access(path, X_OK) == 0;
      return runnable ? UNWATCHABLE_UNREADABLE : TARGET_NOT_FOUND;
    }
    long length = raw_pread(fd, head.bytes, HEAD_BYTES, 0);
    bool is_elf = length >= (long)sizeof head.elf && memcmp(head.bytes, ELFMAG, SELFMAG) == 0;
    int target = is_elf ? elf_target(fd, &head.elf, &status) : TARGET_NO_FORMAT;
    raw_close(fd);
    if (is_elf || length < 2 || memcmp(head.bytes, "#!", 2) != 0) return target;
    head.bytes[length] = '\0';
    path = interpreter_of(head.bytes);
    /* The next round overwrites head only after path has been opened. */
  }
  return UNWATCHABLE_SCRIPT_DEPTH;
}

static const char *search_path(void) {
  for (char **entry = environ; entry && *entry; entry++) {
    if (strncmp(*entry, "PATH=", 5) == 0) return *entry + 5;
  }
  return "/bin:/usr/bin";
}

bool exec_path_search(const char *name, char *buffer, size_t size) {
  size_t name_length = strlen(name);
  if (name_length == 0 || strchr(name, '/')) return false;
  const char *end;
  for (const char *at = search_path();; at = end + 1) {
    end = strchr(at, ':');
    if (!end) end = at + strlen(at);
    size_t length = (size_t)(end - at);
    if (length + name_length + 2 <= size) {
      memcpy(buffer, at, length);
      size_t slash = length > 0 ? 1 : 0; /* an empty entry is the working directory */
      if (slash) buffer[length] = '/';
      memcpy(buffer + length + slash, name, name_length + 1);
      struct stat status;
      int answer = raw_fstatat(AT_FDCWD, buffer, &status, 0);
      if (answer == 0 && S_ISREG(status.st_mode) && raw_access(buffer, X_OK) == 0) return true;
      enum outcome outcome = answer == 0 ? outcome_of_mode(status.st_mode)
                                         : outcome_of_errno(-answer);
      record_path((struct record){RECORD_PROBE, outcome, 0, -answer}, AT_FDCWD, buffer);
    }
    if (*end == '\0') return false;
  }
}
