// What other watchers need to say that somebody reads where nobody can look.
#ifndef KACHE_WATCH_UNWATCHABLE_H
#define KACHE_WATCH_UNWATCHABLE_H

#include <sys/socket.h>

/** Makes the observation as a whole unusable, for the sake of a function of this name. */
void record_function(const char *name);

/** Records that a function was given somebody's address, and how that ended. */
void record_address(const char *function, const struct sockaddr *address, socklen_t length,
                    int error);

/** The same for the address of a message. */
void record_message(const char *function, const struct msghdr *message, int error);

#endif
