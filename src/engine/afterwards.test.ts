import { expect, test } from "bun:test";
import { sinceStartMs } from "../base/clock.ts";
import { Afterwards, type Leaver } from "./afterwards.ts";

/** Work of three steps that presses, and how many of them were done. */
function work(): Leaver & { done: number } {
  return {
    done: 0,
    leftKey: undefined,
    isPressing: true,
    stepAfterwards() {
      this.done += 1;
      return this.done < 3;
    },
  };
}

const AWAITED_MS = 200;

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

async function untilDone(left: Afterwards): Promise<void> {
  while (!left.isEmpty) await pause(1);
}

test("pressing work rests while a call waits for its answer, and goes on once its compiler runs", async () => {
  const left = new Afterwards(() => undefined);
  const one = work();
  const startMs = sinceStartMs();
  left.callerCame();
  left.add(one);
  await pause(20);
  // On a machine that stood still meanwhile the call counts as stopped.
  const isLate = sinceStartMs() - startMs >= AWAITED_MS;
  expect(isLate ? 0 : one.done).toBe(0);
  left.compilerStarted();
  await untilDone(left);
  expect(one.done).toBe(3);
});

test("pressing work goes on when the call that waited has gone", async () => {
  const left = new Afterwards(() => undefined);
  const one = work();
  left.callerCame();
  left.add(one);
  left.callerWent();
  await untilDone(left);
  expect(one.done).toBe(3);
});

test("a call that gives no sign does not hold up work for ever", async () => {
  const left = new Afterwards(() => undefined);
  const one = work();
  left.callerCame();
  left.add(one);
  await untilDone(left);
  expect(one.done).toBe(3);
});

test("who asks for all of it to be done does not wait for calls that wait", async () => {
  const left = new Afterwards(() => undefined);
  const one = work();
  left.callerCame();
  left.add(one);
  const settled = new Promise<void>((resolve) => {
    left.settle(resolve);
  });
  await settled;
  expect(one.done).toBe(3);
});
