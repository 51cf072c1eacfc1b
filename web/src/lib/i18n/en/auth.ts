// Signing up and in, invitations, the first page after it.
import { texts } from '../t';

export const auth = texts({
  'auth.email': 'E-mail',
  'auth.name': 'Name',
  'auth.password': 'Password',
  'auth.signIn': 'Sign in',
  'auth.signingIn': 'Signing in…',

  'forgot.asking': 'Asking…',
  'forgot.back': 'Back to sign in',
  'forgot.copy': 'Copy command',
  'forgot.go': 'Reset password',
  'forgot.noMail': 'This server does not send mail yet. Run this command on it, or ask whoever runs it. It prints a link that sets a new password.',
  'forgot.sent': 'If {email} has an account here, a link is on its way. It works for 30 minutes.',
  'forgot.text': 'Enter the e-mail address you sign in with.',
  'forgot.title': 'Forgotten password',

  'invite.join': 'Join',
  'invite.joining': 'Joining…',
  'invite.known': '{email} has an account on this server. Sign in with its password to join.',
  'invite.new': 'You were invited as {email}. Choose a name and a password.',
  'invite.title': 'Join {app}',

  'link.text': 'It was used already, or it is too old. Ask for a new one.',
  'link.title': 'This link does not work any more',

  'login.closed': 'New accounts are made by invitation. Ask an owner of your app.',
  'login.forgot': 'Forgotten your password?',
  'login.noAccount': 'No account yet?',
  'login.signUp': 'Sign up',
  'login.title': 'Sign in to Daybook',

  'password.good': 'Long enough.',
  'password.rule': 'At least 12 characters; a few words in a row are easy to remember.',
  'password.short': { one: '{count} character more.', other: '{count} characters more.' },
  'password.show': 'Show',
  'password.strong': 'Strong.',

  'reset.done': 'Your new password is set',
  'reset.go': 'Set password',
  'reset.password': 'New password',
  'reset.text': 'For {email}. All other sessions end.',
  'reset.title': 'Set a new password',

  'signInAgain.text': 'What you typed is kept.',
  'signInAgain.title': 'Your session has ended',

  'signup.app': 'App name',
  'signup.appHint': 'Your business or product. It can be changed later.',
  'signup.closedText': 'Sign-up is closed on this server. Ask an owner of your app for an invitation, or whoever runs this server.',
  'signup.closedTitle': 'Sign-up is closed',
  'signup.create': 'Create account',
  'signup.creating': 'Creating…',
  'signup.haveAccount': 'Have an account?',
  'signup.needApp': 'Enter a name for the app',
  'signup.owner': 'You will own this server.',
  'signup.text': 'You get an app of your own, and its token.',
  'signup.title': 'Create your account',

  'welcome.copy': 'Copy token',
  'welcome.skip': 'Skip',
  'welcome.stored': 'I have stored it',
  'welcome.text': '{app} is ready.',
  'welcome.title': 'Welcome, {name}',
  'welcome.token': 'Your app token',
  'welcome.tokenText': 'It gives full access to this app. Keep it on your server, never in a browser or an app you hand out.',
  'welcome.try': 'Your first call',
});
