// What is to be known of a call's standard streams before anything is written to them.
#ifndef KACHE_LAUNCHER_STREAMS_H
#define KACHE_LAUNCHER_STREAMS_H

/**
 * Puts something into the place of standard streams that are closed, before a file can be opened there: not to be
 * written to, not to be read, and closed again when this process becomes the compiler.
 */
void hold_closed_streams(void);

/**
 * Whether it is known that what is written to standard output or error would be lost: the compiler itself is to find
 * that, and to end by it.
 */
int is_stream_lost(void);

/** What a request tells of the streams: bits 0 to 2, which are terminals; bit 3, whether stdout and stderr are one file. */
unsigned describe_streams(void);

#endif
