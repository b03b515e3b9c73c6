// What other watchers need to say that somebody reads where nobody can look.
#ifndef KACHE_WATCH_UNWATCHABLE_H
#define KACHE_WATCH_UNWATCHABLE_H

/** Makes the observation as a whole unusable, for the sake of a function of this name. */
void record_function(const char *name);

#endif
