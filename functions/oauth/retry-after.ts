/** IMF-fixdate, the one form RFC 9110 §5.6.7 lets a sender use. */
const HTTP_DATE = /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT$/;

/**
 * Seconds to wait by a `Retry-After` header (RFC 9110 §10.2.3), or null for anything that is neither a whole number
 * of seconds nor an HTTP-date to come. `Date.parse` alone would take "-5" for a date.
 */
export const retryAfterSeconds = (value: string | null, now: number): number | null => {
  if (value === null) return null;
  const text = value.trim();
  if (/^\d{1,10}$/.test(text)) return Number(text);
  if (!HTTP_DATE.test(text)) return null;
  const seconds = Math.ceil((Date.parse(text) - now) / 1000);
  return seconds > 0 ? seconds : null;
};
