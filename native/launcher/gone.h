// A call in a directory that is gone.
#ifndef KACHE_LAUNCHER_GONE_H
#define KACHE_LAUNCHER_GONE_H

#include "system.h"

/** Whether this process's working directory has been removed. */
int is_directory_gone(void);

/** Whether the call is a compiler's: by the word in front, by its own name, or by flags alone. */
int is_compiler_call(const struct call *call);

/** Becomes the compiler that the call names; returns where it names none, or none is found. */
void become_compiler(const struct call *call);

#endif
