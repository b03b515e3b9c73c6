// Running the compiler for an engine: everything that only the caller's own process has, it inherits here.
// Frame: u32 count of words, u32 count of variables, then NUL-terminated texts: program, words, NAME=value.
#include "run.h"

#include <linux/sched.h>
#include <sys/signalfd.h>

#define CHILD_STACK_BYTES (16 * 1024)
#define CHUNK_BYTES (32 * 1024)
#define EXEC_FAILED_STATUS 127
/** Where somebody has SIGCHLD ignored, no end is announced. */
#define SIGNAL_LOOK_MS 200

/** A program with its vectors. */
struct program {
  const char *path;
  const char **argv;
  const char **envp;
  int streams[2];
  unsigned long mask;
  /** Set by the child, which shares this memory, when it could not become the program. */
  volatile long fault;
};

static int is_same_name(const char *left, const char *right) {
  while (*left == *right && *left != 0 && *left != '=') {
    left += 1;
    right += 1;
  }
  return *left == '=' && *right == '=';
}

/** Reads a program out of a frame. What is set keeps the place it had in the environment. */
static int read_program(const struct channel *channel, const struct frame *frame, struct program *program) {
  unsigned words = (unsigned)frame_word(frame, 0);
  unsigned changes = (unsigned)frame_word(frame, 4);
  const struct call *call = channel->call;
  if (words == 0 || words > frame->length || changes > frame->length) return -1;
  size_t pointers = words + 1 + (size_t)call->envc + changes + 1;
  const char **vector = new_memory(pointers * sizeof *vector);
  char *texts = new_memory(frame->length + 1);
  if (vector == NULL || texts == NULL) return -1;
  copy(texts, frame->bytes, frame->length);
  const char *at = texts + 8;
  const char *end = texts + frame->length;
  program->path = at;
  at += length_of(at) + 1;
  program->argv = vector;
  for (unsigned i = 0; i < words; i += 1) {
    if (at >= end) return -1;
    vector[i] = at;
    at += length_of(at) + 1;
  }
  program->envp = vector + words + 1;
  long count = call->envc;
  for (long i = 0; i < count; i += 1) program->envp[i] = call->envp[i];
  for (unsigned i = 0; i < changes; i += 1) {
    if (at >= end) return -1;
    long place = 0;
    while (place < count && !is_same_name(program->envp[place], at)) place += 1;
    program->envp[place] = at;
    if (place == count) count += 1;
    at += length_of(at) + 1;
  }
  return 0;
}

static long become(const struct program *program) {
  return raw_syscall(SYS_execve, (long)program->path, (long)program->argv, (long)program->envp, 0, 0, 0);
}

int become_program(struct channel *channel, const struct frame *frame) {
  struct program program;
  if (read_program(channel, frame, &program) != 0) return 0;
  unblock_signals(channel->mask);
  int answer[2] = {-1, (int)-become(&program)};
  block_signals(bit_of(SIGPIPE));
  send_frame(channel, FRAME_ENDED, answer, sizeof answer);
  return 1;
}

/** The child: shares the parent's memory until it is the program. */
static void child(struct program *program) {
  for (int stream = 0; stream < 2; stream += 1) {
    raw_syscall(SYS_dup2, program->streams[stream], stream + 1, 0, 0, 0, 0);
  }
  unblock_signals(program->mask);
  program->fault = become(program);
  end_with(EXEC_FAILED_STATUS);
}

/** Starts the child on a stack of its own; the parent goes on when it has become the program. */
static long start(struct program *program) {
  char *stack = new_memory(CHILD_STACK_BYTES);
  if (stack == NULL) return -12;
  long answer;
  register long r10 __asm__("r10") = 0;
  register void (*r8)(struct program *) __asm__("r8") = child;
  register struct program *r9 __asm__("r9") = program;
  __asm__ volatile("syscall\n"
                   "test %%rax, %%rax\n"
                   "jnz 1f\n"
                   "xor %%ebp, %%ebp\n"
                   "mov %%r9, %%rdi\n"
                   "call *%%r8\n"
                   "1:\n"
                   : "=a"(answer)
                   : "a"(SYS_clone), "D"(CLONE_VM | CLONE_VFORK | SIGCHLD), "S"(stack + CHILD_STACK_BYTES),
                     "d"(0), "r"(r10), "r"(r8), "r"(r9)
                   : "rcx", "r11", "memory");
  return answer;
}

/** What runs and where it is heard. */
struct running {
  long pid;
  /** -1 for one that has ended or was closed. */
  int streams[2];
  int signals;
  int status;
  /** Whether a stream was closed before it had ended, and whether something was said that nobody read. */
  int is_cut;
  int is_lost;
};

/** Stops hearing a stream: where it has not ended, the pipe is broken for whoever writes there, as its own would be. */
static void stop_hearing(struct running *running, int stream) {
  if (running->streams[stream] >= 0) raw_close(running->streams[stream]);
  running->streams[stream] = -1;
}

static void cut(struct running *running, int stream) {
  running->is_cut = 1;
  stop_hearing(running, stream);
}

static void lose(struct running *running, int stream) {
  running->is_lost = 1;
  cut(running, stream);
}

/** Shows or sends on what the child wrote. */
static void pass_on(struct channel *channel, struct running *running, int stream) {
  char chunk[CHUNK_BYTES];
  long got = raw_syscall(SYS_read, running->streams[stream], (long)chunk, sizeof chunk, 0, 0, 0);
  if (got == ERROR_INTERRUPTED || got == ERROR_AGAIN) return;
  // Without the engine nothing is kept: what was heard would not be all of it.
  if (got < 0) channel->is_gone = 1;
  if (got <= 0) {
    stop_hearing(running, stream);
    return;
  }
  if (!channel->is_gone) {
    send_frame(channel, stream == 0 ? FRAME_PRINTED : FRAME_COMPLAINED, chunk, (size_t)got);
    if (!channel->is_gone) return;
  }
  if (!show(channel, stream + 1, chunk, (size_t)got)) lose(running, stream);
}

/** What the engine gives back of it, with the paths of this place. */
static void show_answer(struct channel *channel, struct running *running) {
  struct frame frame;
  int got = read_frame(channel, &frame, 0);
  if (got == 0 && (frame.kind == FRAME_STDOUT || frame.kind == FRAME_STDERR)) {
    if (!show_frame(channel, &frame)) lose(running, frame.kind == FRAME_STDOUT ? 0 : 1);
  } else if (got != TIMED_OUT) {
    channel->is_gone = 1;
  }
}

/** Passes on what has arrived; 1 when the child has ended. */
static int take_signals(struct running *running) {
  struct signalfd_siginfo info;
  while (raw_syscall(SYS_read, running->signals, (long)&info, sizeof info, 0, 0, 0) == sizeof info) {
    if (info.ssi_signo != SIGCHLD) raw_syscall(SYS_kill, running->pid, info.ssi_signo, 0, 0, 0, 0);
  }
  long ended = raw_syscall(SYS_wait4, running->pid, (long)&running->status, 1 /* WNOHANG */, 0, 0, 0);
  return ended != 0 && ended != ERROR_INTERRUPTED;
}

/**
 * Until the child has ended and what it wrote is passed on. What it left behind may keep its streams open: of a
 * compiler that was killed nobody waits for that.
 */
static void forward(struct channel *channel, struct running *running) {
  // Of our own streams poll tells when the reader leaves.
  struct pollfd set[] = {{-1, POLLIN, 0}, {-1, POLLIN, 0},         {running->signals, POLLIN, 0},
                         {1, 0, 0},       {2, 0, 0},               {channel->fd, POLLIN, 0}};
  struct pollfd *readers = set + 3;
  int has_ended = 0;
  for (;;) {
    for (int stream = 0; stream < 2; stream += 1) set[stream].fd = running->streams[stream];
    if (channel->is_gone) set[5].fd = -1;
    long ready = raw_syscall(SYS_poll, (long)set, 6, has_ended ? 0 : SIGNAL_LOOK_MS, 0, 0, 0);
    if (ready < 0 && ready != ERROR_INTERRUPTED) {
      channel->is_gone = 1;
      return;
    }
    int was_heard = 0;
    for (int stream = 0; stream < 2 && ready > 0; stream += 1) {
      if (set[stream].fd >= 0 && set[stream].revents != 0) {
        was_heard = 1;
        pass_on(channel, running, stream);
        continue;
      }
      // With nothing on its way.
      if (readers[stream].revents == POLLERR && set[stream].fd >= 0) cut(running, stream);
      // Told once, or it would be for ever.
      if (readers[stream].revents != 0) readers[stream].fd = -1;
    }
    if (ready > 0 && set[5].fd >= 0 && set[5].revents != 0) show_answer(channel, running);
    if (has_ended && !was_heard) return;
    if (!has_ended && take_signals(running)) has_ended = 1;
  }
}

/** A pipe whose ends are no standard streams, also where somebody has closed those. */
static int open_pipe(int ends[2]) {
  if (raw_syscall(SYS_pipe2, (long)ends, O_CLOEXEC, 0, 0, 0, 0) != 0) return -1;
  for (int end = 0; end < 2; end += 1) ends[end] = above_standard(ends[end]);
  return ends[0] < 0 || ends[1] < 0 ? -1 : 0;
}

/** Whether whoever started us has broken pipes ignored, and so the compiler ignores them. */
static int is_pipe_ignored(void) {
  unsigned long action[4] = {0}; // struct sigaction of the kernel: the handler comes first
  raw_syscall(SYS_rt_sigaction, SIGPIPE, 0, (long)action, 8, 0, 0);
  return action[0] == (unsigned long)SIG_IGN;
}

void end_as_run(const struct channel *channel) {
  int signal = channel->status & 0x7f;
  unblock_signals(channel->mask);
  if (signal != 0) end_by_signal(signal);
  end_as(channel, (channel->status >> 8) & 0xff);
}

void run_compiler(struct channel *channel, const struct frame *frame) {
  struct program program;
  struct running running;
  int out[2];
  int err[2];
  int answer[2] = {-1, 0};
  if (read_program(channel, frame, &program) != 0 || open_pipe(out) != 0 || open_pipe(err) != 0) {
    send_frame(channel, FRAME_ENDED, answer, sizeof answer);
    return;
  }
  unsigned long noted = bit_of(SIGHUP) | bit_of(SIGINT) | bit_of(SIGQUIT) | bit_of(SIGTERM) | bit_of(SIGCHLD);
  // From before the child is there: a signal must never find it alone.
  unsigned long blocked = block_signals(noted);
  program.mask = channel->mask;
  running.signals = above_standard(
      (int)raw_syscall(SYS_signalfd4, -1, (long)&noted, sizeof noted, SFD_CLOEXEC | SFD_NONBLOCK, 0, 0));
  program.streams[0] = out[1];
  program.streams[1] = err[1];
  program.fault = 0;
  running.pid = start(&program);
  raw_close(out[1]);
  raw_close(err[1]);
  running.streams[0] = out[0];
  running.streams[1] = err[0];
  running.status = 0;
  running.is_cut = 0;
  running.is_lost = 0;
  if (running.pid > 0) forward(channel, &running);
  for (int stream = 0; stream < 2; stream += 1) stop_hearing(&running, stream);
  raw_close(running.signals);
  if (running.status == 0 && running.is_cut) {
    // One that does not mind may have said more than was heard.
    if (is_pipe_ignored()) channel->is_gone = 1;
    // It had said all by then; its own pipe would have broken before.
    else if (running.is_lost) running.status = SIGPIPE;
  }
  raw_syscall(SYS_rt_sigprocmask, SIG_SETMASK, (long)&blocked, 0, sizeof blocked, 0, 0);
  long fault = running.pid < 0 ? running.pid : program.fault;
  // A pid of -1: not started, and why.
  answer[0] = fault < 0 ? -1 : (int)running.pid;
  answer[1] = fault < 0 ? (int)-fault : running.status;
  channel->has_run = fault >= 0;
  channel->status = running.status;
  if (!channel->is_gone) send_frame(channel, FRAME_ENDED, answer, sizeof answer);
  if (channel->is_gone && channel->has_run) end_as_run(channel);
}
