import { AwsError, constraint } from './aws-error.ts';

/** A request or answer body of the AWS JSON protocol. */
export type Json = Readonly<Record<string, unknown>>;

/**
 * An API action: body in, body out.
 * @param now milliseconds since the epoch
 * @param asOf the instant reads look back to: before `now` for a stale read
 * @throws AwsError
 */
export type Action = (input: Json, now: number, asOf: number) => Json;

const wireName = (name: string) => name.charAt(0).toLowerCase() + name.slice(1);
const wrongType = (name: string, type: string) =>
  new AwsError('SerializationException', `${name} must be ${type}`);

export const optionalText = (input: Json, name: string): string | null => {
  const value = input[name] ?? null;
  if (value !== null && typeof value !== 'string') throw wrongType(name, 'a string');
  return value;
};

export const requiredText = (input: Json, name: string): string => {
  const value = optionalText(input, name);
  if (value === null) throw constraint(wireName(name), 'not be null');
  if (value === '') throw constraint(wireName(name), 'have length greater than or equal to 1');
  return value;
};

export const flag = (input: Json, name: string): boolean => {
  const value = input[name] ?? false;
  if (typeof value !== 'boolean') throw wrongType(name, 'true or false');
  return value;
};

/** A list of strings with its size limits. */
export const textList = (
  input: Json,
  name: string,
  { least = 1, most }: { least?: number; most: number },
) => {
  const value = input[name];
  if (value === undefined || value === null) throw constraint(wireName(name), 'not be null');
  if (!Array.isArray(value) || !value.every((item) => typeof item === 'string')) {
    throw wrongType(name, 'a list of strings');
  }
  if (value.length < least) throw constraint(wireName(name), `have length greater than or equal to ${least}`);
  if (value.length > most) throw constraint(wireName(name), `have length less than or equal to ${most}`);
  return value as string[];
};

/** A list of objects; absent is empty. */
export const objectList = (input: Json, name: string): Json[] => {
  const value = input[name] ?? [];
  if (!Array.isArray(value) || !value.every((item) => typeof item === 'object' && item !== null)) {
    throw wrongType(name, 'a list of structures');
  }
  return value as Json[];
};

/** A whole number within its limits, or `otherwise` where absent. */
export const wholeNumber = (
  input: Json,
  name: string,
  { least, most, otherwise }: { least: number; most: number; otherwise: number },
): number => {
  const value = input[name] ?? otherwise;
  if (typeof value !== 'number' || !Number.isSafeInteger(value)) throw wrongType(name, 'a whole number');
  if (value < least) throw constraint(wireName(name), `have value greater than or equal to ${least}`);
  if (value > most) throw constraint(wireName(name), `have value less than or equal to ${most}`);
  return value;
};

/** One page of a list and the opaque token of the next. @throws AwsError `errorCode` for a token not made here. */
export const page = <Item>(
  items: readonly Item[],
  token: string | null,
  size: number,
  errorCode: string,
): { items: readonly Item[]; nextToken: string | undefined } => {
  const start =
    token === null
      ? 0
      : Number(
          Buffer.from(token, 'base64url')
            .toString()
            .replace(/^from:/, ''),
        );
  if (!Number.isSafeInteger(start) || start < 0)
    throw new AwsError(errorCode, 'The specified token is not valid.');
  const end = start + size;
  return {
    items: items.slice(start, end),
    nextToken: end < items.length ? Buffer.from(`from:${end}`).toString('base64url') : undefined,
  };
};

/** AWS JSON carries times as seconds since the epoch. */
export const epochSeconds = (epochMs: number): number => epochMs / 1000;
