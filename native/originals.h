// The list of libc functions that are watched and called on, and the table of their addresses.
// A function libc does not have stays NULL in the table; its watcher must do without.
#ifndef KACHE_ORIGINALS_H
#define KACHE_ORIGINALS_H

#include <dirent.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <fts.h>
#include <ftw.h>
#include <glob.h>
#include <link.h>
#include <locale.h>
#include <netdb.h>
#include <spawn.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <sys/time.h>
#include <sys/types.h>
#include <time.h>
#include <wordexp.h>

typedef int (*scan_filter)(const struct dirent *);
typedef int (*scan_order)(const struct dirent **, const struct dirent **);
typedef int (*fts_order)(const FTSENT **, const FTSENT **);
typedef int (*glob_error)(const char *, int);
typedef int (*phdr_visit)(struct dl_phdr_info *, size_t, void *);
typedef char *const *strings;

#define ORIGINAL_LIST(X)                                                                        \
  X(int, open, const char *, int, ...)                                                          \
  X(int, open64, const char *, int, ...)                                                        \
  X(int, __open_2, const char *, int)                                                           \
  X(int, __open64_2, const char *, int)                                                         \
  X(int, openat, int, const char *, int, ...)                                                   \
  X(int, openat64, int, const char *, int, ...)                                                 \
  X(int, __openat_2, int, const char *, int)                                                    \
  X(int, __openat64_2, int, const char *, int)                                                  \
  X(int, creat, const char *, mode_t)                                                           \
  X(int, creat64, const char *, mode_t)                                                         \
  X(FILE *, fopen, const char *, const char *)                                                  \
  X(FILE *, fopen64, const char *, const char *)                                                \
  X(FILE *, freopen, const char *, const char *, FILE *)                                        \
  X(FILE *, freopen64, const char *, const char *, FILE *)                                      \
  X(int, stat, const char *, struct stat *)                                                     \
  X(int, stat64, const char *, struct stat *)                                                   \
  X(int, lstat, const char *, struct stat *)                                                    \
  X(int, lstat64, const char *, struct stat *)                                                  \
  X(int, fstatat, int, const char *, struct stat *, int)                                        \
  X(int, fstatat64, int, const char *, struct stat *, int)                                      \
  X(int, __xstat, int, const char *, struct stat *)                                             \
  X(int, __xstat64, int, const char *, struct stat *)                                           \
  X(int, __lxstat, int, const char *, struct stat *)                                            \
  X(int, __lxstat64, int, const char *, struct stat *)                                          \
  X(int, __fxstatat, int, int, const char *, struct stat *, int)                                \
  X(int, __fxstatat64, int, int, const char *, struct stat *, int)                              \
  X(int, statx, int, const char *, int, unsigned, struct statx *)                               \
  X(int, access, const char *, int)                                                             \
  X(int, faccessat, int, const char *, int, int)                                                \
  X(int, euidaccess, const char *, int)                                                         \
  X(int, eaccess, const char *, int)                                                            \
  X(ssize_t, readlink, const char *, char *, size_t)                                            \
  X(ssize_t, __readlink_chk, const char *, char *, size_t, size_t)                              \
  X(ssize_t, readlinkat, int, const char *, char *, size_t)                                     \
  X(ssize_t, __readlinkat_chk, int, const char *, char *, size_t, size_t)                       \
  X(char *, realpath, const char *, char *)                                                     \
  X(char *, __realpath_chk, const char *, char *, size_t)                                       \
  X(char *, canonicalize_file_name, const char *)                                               \
  X(ssize_t, getxattr, const char *, const char *, void *, size_t)                              \
  X(ssize_t, lgetxattr, const char *, const char *, void *, size_t)                             \
  X(ssize_t, listxattr, const char *, char *, size_t)                                           \
  X(ssize_t, llistxattr, const char *, char *, size_t)                                          \
  X(DIR *, opendir, const char *)                                                               \
  X(DIR *, fdopendir, int)                                                                      \
  X(int, scandir, const char *, struct dirent ***, scan_filter, scan_order)                     \
  X(int, scandir64, const char *, struct dirent ***, scan_filter, scan_order)                   \
  X(int, scandirat, int, const char *, struct dirent ***, scan_filter, scan_order)              \
  X(int, scandirat64, int, const char *, struct dirent ***, scan_filter, scan_order)            \
  X(char *, getenv, const char *)                                                               \
  X(char *, secure_getenv, const char *)                                                        \
  X(char *, __secure_getenv, const char *)                                                      \
  X(char *, getcwd, char *, size_t)                                                             \
  X(char *, __getcwd_chk, char *, size_t, size_t)                                               \
  X(char *, get_current_dir_name, void)                                                         \
  X(char *, setlocale, int, const char *)                                                       \
  X(locale_t, newlocale, int, const char *, locale_t)                                           \
  X(struct tm *, localtime, const time_t *)                                                     \
  X(struct tm *, localtime_r, const time_t *, struct tm *)                                      \
  X(struct tm *, gmtime, const time_t *)                                                        \
  X(struct tm *, gmtime_r, const time_t *, struct tm *)                                         \
  X(int, dlclose, void *)                                                                       \
  X(void *, dlopen, const char *, int)                                                          \
  X(void *, dlmopen, Lmid_t, const char *, int)                                                 \
  X(int, dl_iterate_phdr, phdr_visit, void *)                                                   \
  X(int, mkdir, const char *, mode_t)                                                           \
  X(int, mkdirat, int, const char *, mode_t)                                                    \
  X(char *, mkdtemp, char *)                                                                    \
  X(int, mkstemp, char *)                                                                       \
  X(int, mkstemp64, char *)                                                                     \
  X(int, mkostemp, char *, int)                                                                 \
  X(int, mkostemp64, char *, int)                                                               \
  X(int, mkstemps, char *, int)                                                                 \
  X(int, mkstemps64, char *, int)                                                               \
  X(int, mkostemps, char *, int, int)                                                           \
  X(int, mkostemps64, char *, int, int)                                                         \
  X(int, rename, const char *, const char *)                                                    \
  X(int, renameat, int, const char *, int, const char *)                                        \
  X(int, renameat2, int, const char *, int, const char *, unsigned)                             \
  X(int, link, const char *, const char *)                                                      \
  X(int, linkat, int, const char *, int, const char *, int)                                     \
  X(int, symlink, const char *, const char *)                                                   \
  X(int, symlinkat, const char *, int, const char *)                                            \
  X(int, unlink, const char *)                                                                  \
  X(int, unlinkat, int, const char *, int)                                                      \
  X(int, remove, const char *)                                                                  \
  X(int, rmdir, const char *)                                                                   \
  X(int, mknod, const char *, mode_t, dev_t)                                                    \
  X(int, mkfifo, const char *, mode_t)                                                          \
  X(int, mkfifoat, int, const char *, mode_t)                                                   \
  X(int, truncate, const char *, off_t)                                                         \
  X(int, truncate64, const char *, off_t)                                                       \
  X(int, chmod, const char *, mode_t)                                                           \
  X(int, fchmodat, int, const char *, mode_t, int)                                              \
  X(int, chown, const char *, uid_t, gid_t)                                                     \
  X(int, lchown, const char *, uid_t, gid_t)                                                    \
  X(int, utimes, const char *, const struct timeval *)                                          \
  X(int, utimensat, int, const char *, const struct timespec *, int)                            \
  X(int, statfs, const char *, struct statfs *)                                                 \
  X(int, statfs64, const char *, struct statfs64 *)                                             \
  X(int, statvfs, const char *, struct statvfs *)                                               \
  X(int, statvfs64, const char *, struct statvfs64 *)                                           \
  X(long, pathconf, const char *, int)                                                          \
  X(int, inotify_add_watch, int, const char *, uint32_t)                                        \
  X(int, name_to_handle_at, int, const char *, struct file_handle *, int *, int)                 \
  X(int, chdir, const char *)                                                                   \
  X(int, fchdir, int)                                                                           \
  X(int, chroot, const char *)                                                                  \
  X(int, execve, const char *, strings, strings)                                                \
  X(int, execvpe, const char *, strings, strings)                                               \
  X(int, fexecve, int, strings, strings)                                                        \
  X(int, execveat, int, const char *, strings, strings, int)                                    \
  X(int, posix_spawn, pid_t *, const char *, const posix_spawn_file_actions_t *,                \
    const posix_spawnattr_t *, strings, strings)                                                \
  X(int, posix_spawnp, pid_t *, const char *, const posix_spawn_file_actions_t *,               \
    const posix_spawnattr_t *, strings, strings)                                                \
  X(int, pidfd_spawn, int *, const char *, const posix_spawn_file_actions_t *,                  \
    const posix_spawnattr_t *, strings, strings)                                                \
  X(int, pidfd_spawnp, int *, const char *, const posix_spawn_file_actions_t *,                 \
    const posix_spawnattr_t *, strings, strings)                                                \
  X(int, posix_spawn_file_actions_addopen, posix_spawn_file_actions_t *, int, const char *, int, \
    mode_t)                                                                                     \
  X(int, system, const char *)                                                                  \
  X(FILE *, popen, const char *, const char *)                                                  \
  X(int, wordexp, const char *, wordexp_t *, int)                                               \
  X(int, shm_open, const char *, int, mode_t)                                                   \
  X(int, glob, const char *, int, glob_error, glob_t *)                                         \
  X(int, glob64, const char *, int, glob_error, glob_t *)                                       \
  X(int, ftw, const char *, __ftw_func_t, int)                                                  \
  X(int, ftw64, const char *, __ftw_func_t, int)                                                \
  X(int, nftw, const char *, __nftw_func_t, int, int)                                           \
  X(int, nftw64, const char *, __nftw_func_t, int, int)                                         \
  X(FTS *, fts_open, strings, int, fts_order)                                                   \
  X(FTS *, fts64_open, strings, int, fts_order)                                                 \
  X(int, connect, int, const struct sockaddr *, socklen_t)                                      \
  X(int, bind, int, const struct sockaddr *, socklen_t)                                         \
  X(ssize_t, sendto, int, const void *, size_t, int, const struct sockaddr *, socklen_t)        \
  X(ssize_t, sendmsg, int, const struct msghdr *, int)                                          \
  X(int, sendmmsg, int, struct mmsghdr *, unsigned, int)                                        \
  X(int, getaddrinfo, const char *, const char *, const struct addrinfo *, struct addrinfo **)  \
  X(long, syscall, long, ...)

struct originals {
#define ORIGINAL_MEMBER(type, name, ...) type (*name)(__VA_ARGS__);
  ORIGINAL_LIST(ORIGINAL_MEMBER)
#undef ORIGINAL_MEMBER
};

/** Addresses of the functions behind ours; NULL before originals_resolve and for missing ones. */
extern struct originals originals;

/** Looks all of them up, so that nothing between fork and exec has to. */
void originals_resolve(void);

#define ORIGINAL_RESOLVER(type, name, ...) type (*originals_resolve_##name(void))(__VA_ARGS__);
ORIGINAL_LIST(ORIGINAL_RESOLVER)
#undef ORIGINAL_RESOLVER

#endif
