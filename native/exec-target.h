// Tells, before a program is started, whether the dynamic loader will take our library into it.
#ifndef KACHE_EXEC_TARGET_H
#define KACHE_EXEC_TARGET_H

#include <stdbool.h>
#include <stddef.h>

/** Answers of exec_target_of besides the reasons in enum unwatchable, which are positive. */
enum {
  TARGET_WATCHABLE = 0,
  TARGET_NOT_FOUND = -1,
  TARGET_NO_FORMAT = -2, /* neither ELF nor #!: execvp hands it to /bin/sh */
};

/** Inspects a program file; scripts are judged by their interpreter. Async-signal-safe. */
int exec_target_of(const char *path);

/**
 * Finds name as execvp would, in this process's PATH, and records the places that lack it. The
 * answer is written to buffer; false when there is none, or name needs no search.
 */
bool exec_path_search(const char *name, char *buffer, size_t size);

#endif
