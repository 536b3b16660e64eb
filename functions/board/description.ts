/** What CloudWatch shows where somebody adds or edits the widget. Markdown. */
export const DESCRIPTION = `## Token refresher board

A row per connection: state, time to expiry (the mark on the bar is where renewal starts), renewal, last error and next
attempt. Rows that need somebody come first. No token is read or shown.

### Parameters
None.

### Buttons
**Refresh now** refreshes what is due, or whose secret has changed. **Force** requests a new token in any case.
**Pause 1 h** makes no token request for one hour; **Resume** ends a pause. A button invokes the connection's own refresh
function with *your* rights: it needs \`lambda:InvokeFunction\` on that function. The board itself can only list
statuses.
`;
