// Reading and sending frames on a non-blocking socket.
#include "frames.h"

/** No frame is larger: a compiler's messages come in pieces. */
#define FRAME_BYTES_MAX (64u * 1024 * 1024)
#define FRAME_WAIT_MS 10000

static int read_exactly(int fd, char *to, size_t length, int wait_ms) {
  while (length > 0) {
    long got = raw_syscall(SYS_read, fd, (long)to, (long)length, 0, 0, 0);
    if (got == ERROR_INTERRUPTED) continue;
    if (got == ERROR_AGAIN) {
      if (!wait_for(fd, POLLIN, wait_ms)) return TIMED_OUT;
      continue;
    }
    if (got <= 0) return CLOSED;
    to += got;
    length -= (size_t)got;
  }
  return 0;
}

int read_frame(struct channel *channel, struct frame *frame, int wait_ms) {
  char header[FRAME_HEADER_BYTES];
  int got = read_exactly(channel->fd, header, sizeof header, wait_ms);
  if (got != 0) return got;
  unsigned length;
  copy(&length, header + 1, sizeof length);
  if (length > FRAME_BYTES_MAX) return CLOSED;
  if (length > channel->room_length || channel->room == NULL) {
    channel->room_length = length < 65536 ? 65536 : length;
    channel->room = new_memory(channel->room_length);
    if (channel->room == NULL) return CLOSED;
  }
  got = read_exactly(channel->fd, channel->room, length, FRAME_WAIT_MS);
  if (got != 0) return got;
  frame->kind = header[0];
  frame->bytes = channel->room;
  frame->length = length;
  return 0;
}

static int send_all(int fd, const char *bytes, size_t length) {
  while (length > 0) {
    long sent = raw_syscall(SYS_sendto, fd, (long)bytes, (long)length, MSG_NOSIGNAL, 0, 0);
    if (sent == ERROR_INTERRUPTED) continue;
    if (sent == ERROR_AGAIN) {
      if (!wait_for(fd, POLLOUT, FRAME_WAIT_MS)) return -1;
      continue;
    }
    if (sent <= 0) return -1;
    bytes += sent;
    length -= (size_t)sent;
  }
  return 0;
}

void send_frame(struct channel *channel, char kind, const void *bytes, size_t length) {
  char header[FRAME_HEADER_BYTES];
  unsigned size = (unsigned)length;
  header[0] = kind;
  copy(header + 1, &size, sizeof size);
  if (send_all(channel->fd, header, sizeof header) != 0 || send_all(channel->fd, bytes, length) != 0) {
    channel->is_gone = 1;
  }
}
