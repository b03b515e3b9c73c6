// A call in a directory that is gone.
#ifndef KACHE_LAUNCHER_GONE_H
#define KACHE_LAUNCHER_GONE_H

#include "system.h"

/** Whether this process's working directory has been removed. */
int is_directory_gone(void);

/** Becomes the compiler that the call names; returns where it names none, or none is found. */
void become_compiler(const struct call *call);

#endif
