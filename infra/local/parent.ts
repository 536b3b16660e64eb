const EVERY_MS = 500;

/**
 * Calls `gone` once the process that started this one has ended. npm passes a signal on to the shell of a script, which
 * ends without passing it on to the program: so nothing else would tell.
 */
export const whenParentIsGone = (gone: () => void): void => {
  const parent = process.ppid;
  const timer = setInterval(() => {
    // On POSIX an orphan gets another parent; on Windows it keeps the number of the one it had.
    if (process.ppid === parent && exists(parent)) return;
    clearInterval(timer);
    gone();
  }, EVERY_MS);
  timer.unref();
};

const exists = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return Object(error).code === 'EPERM';
  }
};
