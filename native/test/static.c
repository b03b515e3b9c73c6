// A program without libc and without a dynamic loader: nothing can be preloaded into it.
static void leave(void) {
#if defined(__x86_64__)
  __asm__ volatile("syscall" : : "a"(60), "D"(0));
#else
  register long number __asm__("x8") = 93;
  register long status __asm__("x0") = 0;
  __asm__ volatile("svc 0" : : "r"(number), "r"(status));
#endif
  __builtin_unreachable();
}

void _start(void) { leave(); }
