// One line that tells how far a long step is. On a terminal it is redrawn in place; anywhere else
// only the finished line is printed, so that a log holds one line a step.

const REDRAW_MS = 100;
// For a terminal that does not tell its width.
const DEFAULT_WIDTH = 79;

/** A step under way. */
export interface Progress {
  /** Sets the text after the elapsed time, such as `12/41 units`. */
  update(detail: string): void;
  /** Ends the step, leaving one finished line; `wallMs` where the step measured itself. */
  done(detail: string, wallMs?: number): void;
  /** Ends the step without a line of its own; an error message follows. */
  abandon(): void;
}

/** Starts the line; `label` is padded so that the steps of one run stand in columns. */
export function startProgress(label: string, stream: NodeJS.WriteStream): Progress {
  const started = performance.now();
  const live = stream.isTTY;
  let detail = "";
  const line = (wallMs: number) => `${label.padEnd(32)} ${seconds(wallMs).padStart(8)}`;
  const draw = () => {
    const width = stream.columns > 0 ? stream.columns - 1 : DEFAULT_WIDTH;
    stream.write(`\r\x1b[K${`${line(performance.now() - started)}   ${detail}`.slice(0, width)}`);
  };
  const timer = live ? setInterval(draw, REDRAW_MS) : undefined;
  const stop = () => {
    clearInterval(timer);
    if (live) stream.write("\r\x1b[K");
  };
  if (live) draw();
  return {
    update(text) {
      detail = text;
    },
    done(text, wallMs = performance.now() - started) {
      stop();
      stream.write(`${`${line(wallMs)}   ${text}`.trimEnd()}\n`);
    },
    abandon: stop,
  };
}

/** `0.42 s`, `17.3 s`, `2 min 05 s`. */
export function seconds(ms: number): string {
  if (ms < 9_995) return `${(ms / 1000).toFixed(2)} s`;
  if (ms < 99_950) return `${(ms / 1000).toFixed(1)} s`;
  const whole = Math.round(ms / 1000);
  return `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, "0")} s`;
}
