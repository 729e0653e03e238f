// What `cargo xtask` hands over.

export function given(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set: start the tests with \`cargo xtask e2e\``);
  return value;
}

/** The `sidecam` program. */
export const program = () => given('SIDECAM_PROGRAM');
/** The folder Trunk built the client into. */
export const client = () => given('SIDECAM_CLIENT');
/** A film of the numbered test pattern that the fake camera shows. */
export const camera = () => given('SIDECAM_CAMERA');
/** A folder for this run's files, removed after it. */
export const runFolder = () => given('SIDECAM_RUN');
