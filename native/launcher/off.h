// A call of a kache that is switched off.
#ifndef KACHE_LAUNCHER_OFF_H
#define KACHE_LAUNCHER_OFF_H

#include "system.h"

/**
 * Where KACHE_DISABLED switches everything off and the first word plainly is a compiler, becomes that compiler as called.
 * Returns where anything is not plain, or the compiler cannot be started: the runtime has the say, and the message.
 */
void become_if_off(const struct call *call);

#endif
