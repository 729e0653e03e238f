// One SIPp calls another through the gateway.

import { test } from '../support/test.ts';
import type { Options, SippRun, SippTransport } from './sipp.ts';

export interface Case {
  name: string;
  caller: string;
  callee: string;
  /** How the caller comes; the callee is reached by UDP. */
  by?: SippTransport;
  callerOptions?: Options;
  calleeOptions?: Options;
  /** What else their traces must show. */
  check?: (caller: SippRun) => Promise<void>;
}

/** A test in which one SIPp calls another through the gateway, and both must have gone through their scenarios. */
export function between({ name, by, caller, callee, callerOptions = {}, calleeOptions = {}, check }: Case): void {
  test(name, async ({ gateway, sippPhone }) => {
    const called = await sippPhone('callee');
    const calling = await sippPhone('caller', by);
    const answering = await called.listen(callee, calleeOptions);
    const asking = await calling.run(caller, { ...callerOptions, keys: { number: called.number, ...callerOptions.keys } });
    await asking.succeeds();
    await answering.succeeds();
    await check?.(asking);
    await gateway.expectNoCallLeft();
  });
}
