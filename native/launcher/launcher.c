// The first code of the executable: asks a resident engine to serve this call, and only where there is none,
// or where it will not, lets the runtime start. Freestanding: no libc, no writable data, one segment of code
// that the build puts into the executable in front of the runtime's own entry (scripts/launcher.ts).
// Owns the caller's side of the conversation: docs/engine.md has the frames.
#include "frames.h"
#include "gone.h"
#include "off.h"
#include "place.h"
#include "run.h"
#include "streams.h"
#include "system.h"

#if !defined(__x86_64__)
#error "the launcher knows x86-64 only"
#endif

// What the build fills in: the runtime's entry, and the name of this build.
__asm__(".section .text.first,\"ax\"\n"
        ".globl kache_runtime_entry\n"
        "kache_runtime_entry: .quad 0\n"
        ".globl kache_build\n"
        "kache_build: .fill 16, 1, 0\n"
        ".quad 0\n"
        ".globl kache_entry\n"
        "kache_entry:\n"
        "  mov %rsp, %rdi\n"
        "  push %rdx\n" // the loader's finalizer, which the runtime's entry expects
        "  push %rdx\n"
        "  call kache_launch\n"
        "  pop %rdx\n"
        "  pop %rdx\n"
        "  jmp *kache_runtime_entry(%rip)\n");

/** How long an engine may take to take notice; one that is stopped costs a build this once. */
#define ACCEPT_MS 200
/** How long it may take for a hit or to prepare a compile: a large restore on a slow disk. */
#define SERVE_MS 60000
/** Larger requests are left to the own process: they would not fit the socket's buffer in one piece. */
#define REQUEST_BYTES_MAX (128 * 1024)
#define REQUEST_HEADER_BYTES 24
#define CWD_BYTES 4096

static int connect_engine(const char *path) {
  struct sockaddr_un address;
  fill(&address, 0, sizeof address);
  address.sun_family = AF_UNIX;
  size_t length = length_of(path);
  if (length >= sizeof address.sun_path) return -1;
  copy(address.sun_path, path, length);
  long made = raw_syscall(SYS_socket, AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, 0, 0, 0);
  int fd = above_standard((int)made);
  if (fd < 0) return -1;
  if (raw_syscall(SYS_connect, fd, (long)&address, sizeof address, 0, 0, 0) == 0) return fd;
  raw_close(fd);
  return -1;
}

/** Sends the call as it stands on the initial stack, where arguments and environment are one block. */
static int send_request(int fd, const struct call *call) {
  char cwd[CWD_BYTES];
  long cwd_length = raw_syscall(SYS_getcwd, (long)cwd, sizeof cwd, 0, 0, 0, 0);
  if (cwd_length <= 0 || cwd[0] != '/') return -1;
  const char *first = call->argv[0];
  const char *last = call->envc > 0 ? call->envp[call->envc - 1] : call->argv[call->argc - 1];
  const char *end = last + length_of(last) + 1;
  if (end < first || end - first > REQUEST_BYTES_MAX) return -1;
  unsigned char header[REQUEST_HEADER_BYTES];
  long umask = raw_syscall(SYS_umask, 0, 0, 0, 0, 0, 0);
  raw_syscall(SYS_umask, umask, 0, 0, 0, 0, 0);
  unsigned words[] = {REQUEST_VERSION,     (unsigned)(cwd_length + (end - first)),
                      describe_streams(),  (unsigned)umask,
                      (unsigned)call->argc, (unsigned)call->envc};
  copy(header, words, sizeof header);
  struct iovec parts[] = {{header, sizeof header}, {cwd, (size_t)cwd_length}, {(char *)first, (size_t)(end - first)}};
  long all = (long)sizeof header + cwd_length + (end - first);
  return raw_syscall(SYS_writev, fd, (long)parts, 3, 0, 0, 0) == all ? 0 : -1;
}

/** The arguments and the environment must be one block, as the kernel lays them out. */
static int is_one_block(const struct call *call) {
  const char *at = call->argv[0];
  for (long i = 0; i < call->argc; i += 1) {
    if (call->argv[i] != at) return 0;
    at += length_of(at) + 1;
  }
  for (long i = 0; i < call->envc; i += 1) {
    if (call->envp[i] != at) return 0;
    at += length_of(at) + 1;
  }
  return 1;
}

/** Does what a frame says; 0 where that ends the conversation. */
static int heed(struct channel *channel, const struct frame *frame, int *wait_ms) {
  switch (frame->kind) {
    case FRAME_ACCEPTED:
      *wait_ms = SERVE_MS;
      send_frame(channel, FRAME_GO, frame, 0);
      return 1;
    case FRAME_STDOUT:
    case FRAME_STDERR:
      show_frame(channel, frame);
      return 1;
    case FRAME_EXIT:
      // Of a hit whose reader has left: the compiler itself is to find that.
      if (channel->is_left && !channel->has_run) return 0;
      end_as(channel, frame->length == 4 ? frame_word(frame, 0) : 1);
    case FRAME_SIGNAL:
      unblock_signals(channel->mask);
      end_by_signal(frame_word(frame, 0));
    case FRAME_RUN:
      if (channel->has_run) return 0;
      run_compiler(channel, frame);
      return 1;
    case FRAME_BECOME:
      return channel->has_run ? 0 : become_program(channel, frame);
    default: // the own process, or what nobody should send
      return 0;
  }
}

static void converse(int fd, const struct call *call, const char *path) {
  struct channel channel = {.fd = fd, .call = call};
  struct frame frame;
  // A reader that has gone away does not end a compile.
  channel.mask = block_signals(bit_of(SIGPIPE));
  int wait_ms = ACCEPT_MS;
  int got;
  do got = read_frame(&channel, &frame, wait_ms);
  while (got == 0 && heed(&channel, &frame, &wait_ms));
  // One that lives makes itself a new name.
  if (got == TIMED_OUT && wait_ms == ACCEPT_MS) raw_syscall(SYS_unlink, (long)path, 0, 0, 0, 0, 0);
  // Never a second time.
  if (channel.has_run) end_as_run(&channel);
  unblock_signals(channel.mask);
}

/** Called at the start of the program with the initial stack. Returns where the runtime is to start. */
void kache_launch(long *stack) {
  struct call call;
  call.argc = stack[0];
  call.argv = (const char *const *)(stack + 1);
  call.envp = call.argv + call.argc + 1;
  call.envc = 0;
  while (call.envp[call.envc] != 0) call.envc += 1;
  if (call.argc < 2) return;
  if (is_directory_gone()) become_compiler(&call);
  become_if_off(&call);
  if (is_compiler_call(&call)) hold_closed_streams();
  if (!is_wanted(&call) || !is_one_block(&call) || is_stream_lost()) return;
  char path[PLACE_BYTES];
  if (find_engine(&call, path) != 0) return;
  int fd = connect_engine(path);
  if (fd < 0) return;
  if (send_request(fd, &call) == 0) converse(fd, &call, path);
  raw_close(fd);
}
