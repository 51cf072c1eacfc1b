// What can go wrong with a call, in one shape.

export class ApiError extends Error {
  constructor(
    /** 0: the server was not reached. */
    readonly status: number,
    message: string,
    readonly code = '',
    /** The messages of each refused field, joined. */
    readonly fields: Record<string, string> = {},
    readonly requestId = '',
    /** Seconds to wait, where the server names them. */
    readonly retryAfter = 0,
  ) {
    super(message);
  }

  get offline(): boolean {
    return this.status === 0;
  }
}

/** Reads the error shapes of the API: `errors` by field, `error` as text or as an object with a message. */
export function fromAnswer(status: number, body: unknown, headers: Headers): ApiError {
  const json = isObject(body) ? body : {};
  const fields: Record<string, string> = {};
  if (isObject(json.errors)) {
    for (const [name, messages] of Object.entries(json.errors)) {
      fields[name] = sentence(Array.isArray(messages) ? messages.join(' ') : String(messages));
    }
  }
  const error = isObject(json.error) ? json.error.message : json.error;
  const message = typeof error === 'string' ? sentence(error) : Object.values(fields).join(' ');
  const code = typeof json.code === 'string' ? json.code : '';
  const wait = Number(headers.get('retry-after') ?? 0) || 0;
  return new ApiError(status, message, code, fields, headers.get('x-request-id') ?? '', wait);
}

/** Messages of the server begin in lower case; on a page they are sentences. */
function sentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
