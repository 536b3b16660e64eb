/** The three forms of RFC 9110 §5.6.7: IMF-fixdate and, though no sender may use them any more, RFC 850 and asctime. */
const HTTP_DATES = [
  /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT$/,
  /^(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day, \d\d-[A-Z][a-z]{2}-\d\d \d\d:\d\d:\d\d GMT$/,
  /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) [A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \d{4}$/,
];

/**
 * Seconds to wait by a `Retry-After` header (RFC 9110 §10.2.3), or null for anything that is neither a whole number
 * of seconds nor an HTTP-date to come. `Date.parse` alone would take "-5" for a date.
 */
export const retryAfterSeconds = (value: string | null, now: number): number | null => {
  if (value === null) return null;
  const text = value.trim();
  if (/^\d{1,10}$/.test(text)) return Number(text);
  if (!HTTP_DATES.some((form) => form.test(text))) return null;
  // asctime names no zone, and means UTC.
  const date = Date.parse(text.endsWith('GMT') ? text : `${text} GMT`);
  const seconds = Math.ceil((date - now) / 1000);
  return seconds > 0 ? seconds : null;
};
