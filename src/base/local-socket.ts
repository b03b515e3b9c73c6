// A Unix stream socket's other end, asked and waited for: for short conversations of commands.
import { closeFd, readFd, writeAll } from "./file.ts";
import { addressOf, libcCold } from "./libc.ts";

const AF_UNIX = 1;
const SOCK_STREAM = 1;
const SOCK_CLOEXEC = 0o2000000;
/** sun_path of struct sockaddr_un (unix(7)). */
const PATH_BYTES = 108;

/** Connects to the socket of this name; negative where nobody listens. The caller closes it. */
export function connectLocal(path: string): number {
  const FAMILY_BYTES = 2;
  const name = new TextEncoder().encode(path);
  if (name.length >= PATH_BYTES) return -1;
  const address = new Uint8Array(FAMILY_BYTES + PATH_BYTES);
  address[0] = AF_UNIX;
  address.set(name, FAMILY_BYTES);
  const fd = libcCold().socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0 || libcCold().connect(fd, addressOf(address), address.length) === 0) return fd;
  closeFd(fd);
  return -1;
}

/** Says something and waits for one byte or more; undefined where no answer comes in that time. */
export function ask(fd: number, bytes: Uint8Array, waitMs: number): Uint8Array | undefined {
  const POLLIN = 1;
  const ANSWER_BYTES = 256;
  const set = new Int32Array([fd, POLLIN]);
  if (!writeAll(fd, bytes) || libcCold().poll(addressOf(set), 1, waitMs) <= 0) return undefined;
  const into = new Uint8Array(ANSWER_BYTES);
  const got = readFd(fd, into);
  return got > 0 ? into.subarray(0, got) : undefined;
}
