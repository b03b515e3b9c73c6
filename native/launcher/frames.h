// The frames between a caller and an engine: one byte of kind, four of length (little endian), the bytes.
// The grammar is in docs/engine.md and src/wrap/engines/frames.ts.
#ifndef KACHE_LAUNCHER_FRAMES_H
#define KACHE_LAUNCHER_FRAMES_H

#include "system.h"

enum { REQUEST_VERSION = 1 };

// From the engine.
enum {
  FRAME_ACCEPTED = 'A',
  FRAME_STDOUT = 'O',
  FRAME_STDERR = 'E',
  FRAME_EXIT = 'X',
  FRAME_SIGNAL = 'S',
  FRAME_RUN = 'R',
  FRAME_BECOME = 'B',
};

// From the caller.
enum { FRAME_GO = 'g', FRAME_PRINTED = 'o', FRAME_COMPLAINED = 'e', FRAME_ENDED = 'x' };

enum { FRAME_HEADER_BYTES = 5 };

/** A conversation. */
struct channel {
  int fd;
  const struct call *call;
  /** Where frames are read to. */
  char *room;
  size_t room_length;
  /** The signals that the caller had blocked. */
  unsigned long mask;
  /** Whether the engine has gone away. */
  int is_gone;
  /** Whether the program has been run; then its wait status stands, whatever else happens. */
  int has_run;
  int status;
  /** Whether something could not be written to standard output: compilers fail by that. */
  int is_short;
  /** Whether the reader of standard output has left before all was written. */
  int is_left;
};

struct frame {
  char kind;
  const char *bytes;
  size_t length;
};

enum { TIMED_OUT = -1, CLOSED = -2 };

/** Reads the next frame; it stands in the channel's room until the next one is read. */
int read_frame(struct channel *channel, struct frame *frame, int wait_ms);

/** Sends a frame; notes it where the engine has gone. */
void send_frame(struct channel *channel, char kind, const void *bytes, size_t length);

/** Writes to standard output or error; 0 where nobody reads it. */
static inline int show(struct channel *channel, int stream, const char *bytes, size_t length) {
  int wrote = write_all(stream, bytes, length);
  if (stream == 1 && wrote == WRITE_FAILED) channel->is_short = 1;
  if (stream == 1 && wrote == WRITE_UNREAD) channel->is_left = 1;
  return wrote != WRITE_UNREAD;
}

/** Writes what the engine wants shown; 0 where nobody reads it. */
static inline int show_frame(struct channel *channel, const struct frame *frame) {
  return show(channel, frame->kind == FRAME_STDOUT ? 1 : 2, frame->bytes, frame->length);
}

/** Ends as the compiler did or would have: with standard output cut short it would have failed. */
__attribute__((noreturn)) static inline void end_as(const struct channel *channel, int code) {
  static const char text[] = "kache: what the compiler printed could not be written\n";
  if (code == 0 && channel->is_left) {
    unblock_signals(channel->mask);
    end_by_signal(SIGPIPE);
  }
  if (code != 0 || !channel->is_short) end_with(code);
  write_all(2, text, sizeof text - 1);
  end_with(1);
}

/** The four bytes at an offset of a frame as a number; 0 beyond its end. */
static inline int frame_word(const struct frame *frame, size_t offset) {
  int word = 0;
  if (offset + sizeof word <= frame->length) copy(&word, frame->bytes + offset, sizeof word);
  return word;
}

#endif
