// What the parts of `lib/ui` say; every entry needs them.
import { texts } from '../t';

export const ui = texts({
  'action.close': 'Close',
  'action.copy': 'Copy',
  'action.retry': 'Retry',
  'action.undo': 'Undo',

  'copy.done': 'Copied',
  'copy.failed': 'Your browser did not allow copying. Select the text and copy it.',

  'error.copyRequest': 'Copy request id',
  'error.forbidden': 'Your role does not allow this. An owner of the app may do it.',
  'error.notFound': 'This does not exist, or not any more.',
  'error.offline': 'The server cannot be reached. Check your connection and try again.',
  'error.server': 'The server had a problem with this. Try again in a moment.',
  'error.signedOut': 'You are signed out.',
  'error.throttled': {
    one: 'Too many attempts. Try again in {count} second.',
    other: 'Too many attempts. Try again in {count} seconds.',
  },
  'error.throttledOver': 'Too many attempts. You can try again now.',
  'error.unknown': 'This did not work.',

  'form.email': 'Enter an e-mail address like name@example.com',
  'form.name': 'Enter your name',
  'form.optional': '(optional)',
  'form.required': 'Fill in this field',

  'load.loading': 'Loading',
  'load.slow': 'Still loading…',

  'pager.label': 'Pages',
  'pager.next': 'Next',
  'pager.previous': 'Previous',
  'pager.range': '{from}–{to} of {total}',
});
