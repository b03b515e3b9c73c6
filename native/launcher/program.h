// Programs by name, and becoming one.
#ifndef KACHE_LAUNCHER_PROGRAM_H
#define KACHE_LAUNCHER_PROGRAM_H

#include "system.h"

#define PATH_BYTES 4096

/** The last component of a path. */
const char *base_of(const char *path);

/** How long the entry is that a list of directories begins with. */
size_t entry_length(const char *entry);

/** `<entry>/<name>`; 0 for an entry that is no full path or too long. */
int join(char path[PATH_BYTES], const char *entry, size_t length, const char *name);

/** Whether a path leads to this executable: the same file, or one as long, which its copies are. */
int is_own(const char *path);

/** Becomes the program, with the call's environment; returns where that fails. */
void become(const char *path, const char *const *argv, const struct call *call);

#endif
