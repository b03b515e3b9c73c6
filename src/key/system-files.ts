// Files of the machine that no output follows from, and files that the kernel makes up as they are read: the
// times and sizes of those tell nothing of their content.

/** Ways through /proc to ordinary files. */
const PASSAGE =
  /^\/proc\/(?:self|thread-self|\d+)\/(?:task\/\d+\/)?(?:cwd|root|fd|map_files)(?:\/|$)/;

/** Whether a path is such a way: who asks where it leads is told the full name of what a process has open or works in. */
export function isPassage(path: string): boolean {
  return PASSAGE.test(path) || path.startsWith("/dev/fd/");
}

/** Whether a path lies where the kernel makes files up. */
export function isMadeUp(path: string): boolean {
  return /^\/(?:proc|sys)(?:\/|$)/.test(path) && !PASSAGE.test(path);
}

/**
 * What compilers, the C library and allocators ask of the kernel without its showing in any output, and devices.
 * Other directories of /dev hold ordinary files, as /dev/shm does, or lead to what a caller hands over.
 */
const HABITUAL =
  /^\/(?:proc(?:\/(?:self|thread-self|\d+|cpuinfo|meminfo|stat|filesystems|mounts|sys\/vm)(?:\/.*)?)?|sys(?:\/(?:fs|devices\/system\/(?:cpu|node)|kernel\/mm)(?:\/.*)?)?|dev(?:\/(?!stdin$|fd$)[^/]*|\/pts\/.*)?)$/;

/** The dynamic loader's and the C library's own files. */
const LOADERS =
  /^\/etc\/(?:ld\.so\.|malloc\.conf)|^\/usr\/(?:local\/)?(?:share|lib)(?:\/[\w-]+)?\/(?:locale|gconv)\//;

/** Sockets of the services that the C library asks for users and hosts. */
const NAME_SERVICES = /^(?:\/var)?\/run\/(?:nscd|systemd)\//;

/** What a process was started with, and which files it holds, as the kernel shows it. */
const OWN_START =
  /^\/proc\/(?:self|thread-self|\d+)\/(?:task\/\d+\/)?(?:environ|cmdline|s?maps|numa_maps)$/;

/** Whether a file says with which environment and arguments a process was started, or where its libraries lie. */
export function isOwnStart(path: string): boolean {
  return OWN_START.test(path);
}

/** What programs read to find the end of their stack (GNU grep, Rust's own runtime): they say nothing of it. */
export const OWN_STACK = "/proc/self/maps";

/** Whether a read of this path says nothing about what a compiler makes, whoever asked for it. */
export function isSystemHabit(path: string): boolean {
  if (LOADERS.test(path)) return true;
  if (NAME_SERVICES.test(path)) return true;
  return HABITUAL.test(path) && !PASSAGE.test(path);
}
